"""The first rows of a dataset, as the goal `run` shows them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Iterable

from pants.engine.fs import CreateDigest
from pants.engine.process import Process
from pants.engine.rules import Rule, collect_rules, rule
from pants.util.logging import LogLevel

from wombat import compat
from wombat.graph.formats import Format
from wombat.rules.content import DatasetContent
from wombat.rules.tool import PACKAGE, ToolRequest, tool_of
from wombat.rules.venv import BASE_ENVIRONMENT, LIBRARY_MOUNT, VENV_MOUNT

_WIDTH = 120
"""Columns of text: fixed, since the process is cached and knows no terminal."""


@dataclass(frozen=True)
class PreviewRequest:
    """Asks for the columns and first rows of a dataset."""

    content: DatasetContent
    format: Format
    rows: int
    as_json: bool = False


@dataclass(frozen=True)
class Preview:
    """What to show: a text, or why there is none."""

    text: str
    is_ok: bool


@rule(desc="Preview a dataset", level=LogLevel.DEBUG)
async def preview_dataset(request: PreviewRequest) -> Preview:
    tool = await tool_of(ToolRequest())
    digest = await compat.create_digest(CreateDigest(request.content.placed_at("in")))
    arguments = ["preview", "--format", request.format.value, "--path", request.content.path_in("in")]
    arguments += ["--rows", str(request.rows), "--width", str(_WIDTH)]
    if request.as_json:
        arguments += ["--output", "json"]
    result = await compat.fallible_process(
        Process(
            tool.venv.argv(PACKAGE, *arguments),
            description="Preview a dataset",
            level=LogLevel.DEBUG,
            input_digest=digest,
            immutable_input_digests={LIBRARY_MOUNT: tool.library, VENV_MOUNT: tool.venv.pex},
            append_only_caches=tool.venv.append_only_caches,
            env={**BASE_ENVIRONMENT, **tool.venv.environment},
        )
    )
    text = result.stdout if result.exit_code == 0 else result.stderr
    return Preview(text.decode(errors="replace"), result.exit_code == 0)


def rules() -> Iterable[Rule]:
    return collect_rules()


preview_of = compat.caller(preview_dataset, PreviewRequest, Preview)
