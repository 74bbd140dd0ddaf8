"""``packgen``: the command line of the generator. Of all that is imported, little is executed."""

from __future__ import annotations

import gc
import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:  # it takes long to import, and is not yet put off here
    from typing import NoReturn


def main() -> NoReturn:
    """Run the command line of this process, and end it."""
    from generator import lazy

    lazy.install()
    gc.set_threshold(100_000)  # Of what so short a life leaves behind, hardly anything is garbage.
    code = _run()
    # What is left to do at the end of a process is to free memory, object by object.
    os._exit(code)


def _run() -> int:
    from generator.commands import swift, terminal

    try:
        with terminal.reported():
            request = swift.read(sys.argv[1:], os.environ)
            if request is None:
                from generator.commands import program

                program.main(prog_name="packgen")
            else:
                from generator.commands import rendering

                rendering.run(request)
    except SystemExit as ended:
        return terminal.finish(ended.code)
    except KeyboardInterrupt:
        return 130
    return terminal.finish(0)


if __name__ == "__main__":
    main()
