"""HCL text read piece by piece -> what stands around the place that was reached.

The pieces are a template's literal text; what the actions between them print is not known. So this
is no scanner of tokens, as ``hcl.scanner`` is: it only keeps the state that such a scanner would be
in, as an immutable value, which the branches of a template can share and be compared by.
"""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass, replace


class Mode(enum.Enum):
    """What kind of text the place is in."""

    CODE = "code"
    STRING = "string"
    HEREDOC = "heredoc"
    COMMENT = "comment"
    BLOCK_COMMENT = "block comment"


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """A place: its mode, what is open around it, and what was seen on the way there.

    ``word`` is the first word of the argument or block that is being read, ``text`` the string or the
    heredoc's line so far (None once it cannot matter), ``action`` whether a ``{{`` of Nomad's own
    template language is open. ``shell`` says that a shell was named in this block or list,
    ``flag`` that a list has its ``-c``, ``script`` that the heredoc begins as a shell's script does.
    """

    mode: Mode = Mode.CODE
    outer: State | None = None
    bracket: str = ""
    word: str = ""
    marker: str = ""
    text: str | None = ""
    action: bool = False
    shell: bool = False
    flag: bool = False
    script: bool = False
    depth: int = 0

    @property
    def is_shell(self) -> bool:
        """Whether a shell will read what stands here."""
        if self.script:
            return True
        if self.mode not in (Mode.STRING, Mode.HEREDOC) or self.outer is None:
            return False
        return self.outer.flag and self.outer.runs_shell

    @property
    def begins_item(self) -> bool:
        """Whether an argument or a block may begin here."""
        return self.mode is Mode.CODE and self.bracket in ("", "{") and not self.word

    @property
    def runs_shell(self) -> bool:
        """Whether a shell was named in the list or in the block around it."""
        around = self.outer if self.bracket == "[" else None
        return self.shell or (around is not None and around.shell)


START = State()
# Where a file begins that is a shell's script as a whole: it never ends.
SCRIPT = State(mode=Mode.HEREDOC, marker="\0", script=True)

# No job is nested as deep as this; states are compared by walking through all around them.
MAX_DEPTH = 100

_SHELLS = frozenset({"sh", "bash", "ash", "dash", "ksh", "zsh"})
_FLAG = re.compile(r"-[a-z]*c")
_SHEBANG = re.compile(r"#!\s*\S*/(?:env\s+)?(?:ba|a|da|k|z)?sh\b")
_LONGEST = 80

_CODE = re.compile(
    r"(?P<comment>#|//)|(?P<block>/\*)|(?P<quote>\")|(?P<heredoc><<-?(?P<marker>[\w-]+)(?:\r?\n|\Z))"
    r"|(?P<open>[{\[(])|(?P<close>[}\])])|(?P<newline>\n)|(?P<word>[^\W\d][\w-]*)"
)
_STRING = re.compile(
    r"(?P<text>(?:\\[^\n]|(?:\$\$|%%)\{|[^\"$%\\\n]+|[$%](?!\{))+)|(?P<open>[$%]\{)|(?P<quote>\")|\n|\\"
)
_HEREDOC = re.compile(
    r"(?P<newline>\n)|(?P<escaped>(?:\$\$|%%)\{)|(?P<open>[$%]\{)|(?P<action>\{\{)|(?P<end>\}\})|(?P<text>[^\n$%{}]+|.)"
)


def printed(state: State) -> State:
    """The place after something unknown was printed."""
    if state.mode in (Mode.STRING, Mode.HEREDOC):
        return replace(state, text=None)
    if state.mode is Mode.CODE and not state.word:
        return replace(state, word="?")
    return state


def read(state: State, text: str) -> State:
    """The place after some more text."""
    position = 0
    while position < len(text):
        match state.mode:
            case Mode.CODE:
                state, position = _code(state, text, position)
            case Mode.STRING:
                state, position = _string(state, text, position)
            case Mode.HEREDOC:
                state, position = _heredoc(state, text, position)
            case Mode.COMMENT:
                end = text.find("\n", position)
                if end < 0:
                    return state
                state, position = _leave(state), end
            case Mode.BLOCK_COMMENT:
                end = text.find("*/", position)
                if end < 0:
                    return state
                state, position = _leave(state), end + 2
    return state


def join(one: State | None, other: State | None) -> State | None:
    """The place that two branches lead to; None where they do not meet."""
    if one is None or other is None or one == other:
        return one if one == other else None
    if (one.mode, one.bracket, one.marker) != (other.mode, other.bracket, other.marker):
        return None
    outer = join(one.outer, other.outer)
    if outer is None and one.outer is not None:
        return None
    return State(
        mode=one.mode,
        outer=outer,
        bracket=one.bracket,
        word=one.word if one.word == other.word else "",
        marker=one.marker,
        text=one.text if one.text == other.text else None,
        action=one.action or other.action,
        shell=one.shell or other.shell,
        flag=one.flag or other.flag,
        script=one.script or other.script,
        depth=one.depth,
    )


def _enter(state: State, mode: Mode, bracket: str = "", marker: str = "") -> State:
    depth = state.depth + 1
    if depth > MAX_DEPTH and mode is Mode.CODE:
        return state
    return State(
        mode=mode, outer=state, bracket=bracket, word=state.word, marker=marker, depth=depth
    )


def _leave(state: State) -> State:
    return state if state.outer is None else state.outer


def _code(state: State, text: str, position: int) -> tuple[State, int]:
    match = _CODE.search(text, position)
    if match is None:
        return state, len(text)
    end = match.end()
    match match.lastgroup:
        case "comment":
            return _enter(state, Mode.COMMENT), end
        case "block":
            return _enter(state, Mode.BLOCK_COMMENT), end
        case "quote":
            return _enter(state, Mode.STRING), end
        case "heredoc":
            return _enter(state, Mode.HEREDOC, marker=match["marker"]), end
        case "open":
            inner = _enter(state, Mode.CODE, match[0])
            return (replace(inner, word="") if match[0] == "{" else inner), end
        case "close":
            return _leave(state), end
        case "newline" if state.bracket in ("", "{"):
            return replace(state, word=""), end
        case "word" if not state.word:
            return replace(state, word=match[0]), end
        case _:
            return state, end


def _string(state: State, text: str, position: int) -> tuple[State, int]:
    match = _STRING.match(text, position)
    if match is None:
        return state, position + 1
    match match.lastgroup:
        case "text":
            return _add(state, match[0]), match.end()
        case "open":
            return _enter(replace(state, text=None), Mode.CODE, "${"), match.end()
        case "quote":
            return _close_string(state), match.end()
        case _:
            return state, match.end()


def _close_string(state: State) -> State:
    """The place behind a string, which may have named a shell or its option to run a text."""
    outer = _leave(state)
    if state.text is None or outer.mode is not Mode.CODE:
        return outer
    if state.text.rpartition("/")[2] in _SHELLS and outer.word in ("command", "entrypoint", "args"):
        outer = replace(outer, shell=True)
        if outer.bracket == "[" and outer.outer is not None:
            return replace(outer, outer=replace(outer.outer, shell=True))
        return outer
    if outer.bracket == "[" and _FLAG.fullmatch(state.text):
        return replace(outer, flag=True)
    return outer


def _heredoc(state: State, text: str, position: int) -> tuple[State, int]:
    match = _HEREDOC.match(text, position)
    assert match is not None  # The last alternative takes any character.
    end = match.end()
    match match.lastgroup:
        case "newline":
            if state.text is not None and state.text.strip() == state.marker:
                return _leave(state), position
            return replace(state, text=""), end
        case "open":
            return _enter(replace(state, text=None), Mode.CODE, "${"), end
        case "action":
            return replace(state, action=True, text=None), end
        case "end":
            return replace(state, action=False, text=None), end
        case _:
            return _add(state, match[0]), end


def _add(state: State, text: str) -> State:
    """The place after a part of a string or of a heredoc's line that is the text itself."""
    if state.text is None:
        return state
    line = state.text + text
    script = state.script or (state.mode is Mode.HEREDOC and _SHEBANG.match(line) is not None)
    return replace(state, text=line if len(line) <= _LONGEST else None, script=script)
