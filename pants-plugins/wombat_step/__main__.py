"""The program of a step's process: runs the step in this directory, or serves steps for Pants.

    python -m wombat_step -cp lib step                      run the step in this directory
    python -m wombat_step -cp lib step DIRECTORY PROGRAM... run a program as the step, in DIRECTORY
    python -m wombat_step -cp lib <NAILGUN_MAIN> :0         serve steps

The form of the arguments is the one that Pants takes apart for its Nailgun pool: everything up to the word after
`-cp` starts the server, the rest is the request.
"""

from __future__ import annotations

import os
import sys

from wombat_step._server import NAILGUN_MAIN, serve
from wombat_step._supervise import supervise


def main() -> int:
    """Run or serve, as the arguments say; returns the exit code."""
    arguments = sys.argv[3:]
    if arguments[0] == NAILGUN_MAIN:
        serve()
        return 0

    def emit(stream: int, data: bytes) -> None:
        while data:
            data = data[os.write(stream, data) :]

    return supervise(os.getcwd(), dict(os.environ), emit, program=arguments[1:])


if __name__ == "__main__":
    sys.exit(main())
