"""Writes docs/reference/deployment-settings.schema.json: what the settings of each deployment target may be.

Run it where `wombat_tool` and its requirements can be imported (CONTRIBUTING.md has the command). With `--check` it
writes nothing, and ends with 1 if anything would change.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from wombat_tool.deployment.systems import SYSTEMS

OUTPUT = Path(__file__).resolve().parent / "reference" / "deployment-settings.schema.json"


def settings_schema() -> dict[str, Any]:
    """The schema: a definition for each type of target."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Settings of deployment targets of Wombat",
        "description": "By type of target. Texts have rules of their own besides, which messages tell.",
        "$defs": {name: _without_prose(SYSTEMS[name].settings.model_json_schema()) for name in sorted(SYSTEMS)},
    }


def _without_prose(schema: Any) -> Any:
    """The schema without titles, and without the docstrings of classes, which are for those who read the code."""
    if isinstance(schema, list):
        return [_without_prose(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        key: {name: _without_prose(item) for name, item in value.items()} if key == "properties" else _without_prose(value)
        for key, value in schema.items()
        if key not in ("title", "description")
    }


def schema_text() -> str:
    """The text of the file."""
    return json.dumps(settings_schema(), indent=2) + "\n"


def main() -> int:
    """Write the file, or check it; the exit code is 1 if it is not up to date."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing")
    if parser.parse_args().check:
        return int(OUTPUT.read_text(encoding="utf-8") != schema_text())
    OUTPUT.write_text(schema_text(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
