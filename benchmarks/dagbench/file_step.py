"""One step of the bare script for a large file: `python file_step.py SOURCE RESULT BY`."""

from __future__ import annotations

import sys
from pathlib import Path

from dagbench.file_work import rotate

if __name__ == "__main__":
    rotate(Path(sys.argv[1]), Path(sys.argv[2]), by=int(sys.argv[3]))
