"""Looking for a pattern in lines, with what stands around each that has it. Pure, and linear in the lines' length."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

import re2

from server.errors import InvalidRequest

# Stands between lines that do not follow each other.
SEPARATOR = "--"


def compile_pattern(pattern: str) -> re2._Regexp:
    """Compile a regular expression in RE2's syntax, which has no way to take more than linear time.

    Raises:
        InvalidRequest: it is none; says what is wrong with it.
    """
    options = re2.Options()
    options.log_errors = False
    options.max_mem = 1024 * 1024
    try:
        return re2.compile(pattern, options)
    except re2.error as error:
        cause = error.args[0] if error.args else error
        text = cause.decode("utf-8", "replace") if isinstance(cause, bytes) else str(cause)
        problem = f"search is no regular expression in RE2's syntax: {text}"
        raise InvalidRequest((problem,)) from error


class Grep:
    """Of the lines of one log those that have a pattern, with so many before and after.

    Where there is context a line parts what does not belong together.
    """

    def __init__(self, pattern: re2._Regexp, context: int) -> None:
        self._pattern = pattern
        self._context = context
        self._before: deque[str] = deque(maxlen=context)
        self._after = 0
        self._skipped = False
        self._any = False

    def take(self, line: str) -> Iterator[str]:
        """Take in the next line; yield what is to be shown by now."""
        if self._pattern.search(line):
            if self._any and self._skipped and self._context:
                yield SEPARATOR
            yield from self._before
            yield line
            self._before.clear()
            self._after = self._context
            self._any, self._skipped = True, False
        elif self._after:
            self._after -= 1
            yield line
        else:
            self._skipped |= len(self._before) == self._context
            self._before.append(line)
