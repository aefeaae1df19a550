"""A dataset as the goal `run` shows it: its columns, what is known of their values, how it begins."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Iterable, List, Tuple

from pants.engine.fs import CreateDigest, FileContent, FileEntry
from pants.engine.rules import Rule, collect_rules, rule
from pants.util.logging import LogLevel

from wombat import compat
from wombat.graph.formats import Format
from wombat.rules.content import DatasetContent
from wombat.rules.tool import ToolRequest, tool_of

_WIDTH = 120
"""Columns of text: fixed, since the process is cached and knows no terminal."""
_REPORT_FILE = "report.json"


@dataclass(frozen=True)
class PreviewRequest:
    """Asks for the columns and first rows of a dataset.

    :param report: the validation report of the content, which is shown too.
    :param hidden: the columns whose values must not be printed.
    """

    content: DatasetContent
    format: Format
    rows: int
    as_json: bool = False
    report: bytes = b""
    hidden: Tuple[str, ...] = ()


@dataclass(frozen=True)
class Preview:
    """What to show: a text, or why there is none."""

    text: str
    is_ok: bool


@rule(desc="Preview a dataset", level=LogLevel.DEBUG)
async def preview_dataset(request: PreviewRequest) -> Preview:
    tool = await tool_of(ToolRequest())
    files: List[FileEntry | FileContent] = list(request.content.placed_at("in"))
    arguments = ["preview", "--format", request.format.value, "--path", request.content.path_in("in")]
    arguments += ["--rows", str(request.rows), "--width", str(_WIDTH)]
    for column in request.hidden:
        arguments += ["--mask", column]
    if request.report:
        files.append(FileContent(_REPORT_FILE, request.report))
        arguments += ["--report", _REPORT_FILE]
    if request.as_json:
        arguments += ["--output", "json"]
    digest = await compat.create_digest(CreateDigest(files))
    result = await compat.fallible_process(
        tool.process(*arguments, description="Preview a dataset", input_digest=digest)
    )
    text = result.stdout if result.exit_code == 0 else result.stderr
    return Preview(text.decode(errors="replace"), result.exit_code == 0)


def rules() -> Iterable[Rule]:
    return collect_rules()


preview_of = compat.caller(preview_dataset, PreviewRequest, Preview)
