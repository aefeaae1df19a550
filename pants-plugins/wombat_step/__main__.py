"""The program of a step's process: runs the step in this directory.

    python -m wombat_step                         run the function that is the step
    python -m wombat_step DIRECTORY PROGRAM...    run a program as the step, in DIRECTORY
"""

from __future__ import annotations

import os
import sys

from wombat_step._supervise import supervise


def main() -> int:
    """Run the step; returns the exit code."""

    def emit(stream: int, data: bytes) -> None:
        while data:
            data = data[os.write(stream, data) :]

    return supervise(os.getcwd(), dict(os.environ), emit, program=sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
