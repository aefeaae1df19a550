"""The command `render`: prints the configurations of a deployment plan as one JSON document."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from wombat_tool.deployment.plan import read_plan
from wombat_tool.deployment.problems import problem_text
from wombat_tool.deployment.render import RenderedTarget, render

RENDERED_VERSION = 1


def add_parser(commands: Any) -> None:
    """Add the command to the command line."""
    parser: argparse.ArgumentParser = commands.add_parser("render", help="generate the configurations of a plan")
    parser.add_argument("--plan", type=Path, required=True, help="the deployment plan, a JSON document")
    parser.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    targets = render(read_plan(arguments.plan))
    print(json.dumps(rendered_document(targets), indent=1))
    return 0


def rendered_document(targets: tuple[RenderedTarget, ...]) -> dict[str, Any]:
    """The document (docs/reference/documents.md, "Rendered configurations")."""
    return {
        "version": RENDERED_VERSION,
        "targets": [
            {
                "address": target.address,
                "files": [{"path": file.path, "text": file.text} for file in target.files],
                "problems": [problem_text(one.target, one.field, one.message) for one in target.problems],
            }
            for target in targets
        ],
    }
