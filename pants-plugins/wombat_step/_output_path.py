"""The type of a parameter that receives the path of an output file to write."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated


class OutputMarker:
    """Tells an `OutputPath` from any other path in an annotation."""

    def __repr__(self) -> str:
        return "wombat_step.OutputPath"


OutputPath = Annotated[Path, OutputMarker()]
