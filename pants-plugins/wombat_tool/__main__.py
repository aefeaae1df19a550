"""The command line of the tool: `python -m wombat_tool COMMAND ...`."""

from __future__ import annotations

import argparse
import io
import os
import sys
from collections.abc import Sequence
from typing import Any, Optional

from wombat_tool.errors import WombatToolError


# A command is a module with `add_parser`, which sets the function to run as the default of `run`. Loading all of them
# takes longer than many of them run, so that only those are loaded among which the one is that was asked for.
def _contract_commands() -> tuple[Any, ...]:
    from wombat_tool.codegen import command as code
    from wombat_tool.comparison import changes_command as changes
    from wombat_tool.comparison import implies_command as implies
    from wombat_tool.contracts import command as contract
    from wombat_tool.inference import command as infer

    return (changes, code, contract, implies, infer)


def _deployment_commands() -> tuple[Any, ...]:
    from wombat_tool.deployment import command as render

    return (render,)


def _preview_commands() -> tuple[Any, ...]:
    from wombat_tool.preview import command as preview

    return (preview,)


def _store_commands() -> tuple[Any, ...]:
    from wombat_tool.store import collect_command as store_gc
    from wombat_tool.store import compare_command as store_compare
    from wombat_tool.store import difference_command as store_difference
    from wombat_tool.store import download_command as store_download
    from wombat_tool.store import fetch_command as store_fetch
    from wombat_tool.store import import_command as store_import
    from wombat_tool.store import label_command as store_label
    from wombat_tool.store import publish_command as store_publish
    from wombat_tool.store import resolve_command as store_resolve
    from wombat_tool.store import show_command as store_show
    from wombat_tool.store import verify_command as store_verify
    from wombat_tool.store import versions_command as store_versions

    return (
        store_compare,
        store_difference,
        store_download,
        store_fetch,
        store_gc,
        store_import,
        store_label,
        store_publish,
        store_resolve,
        store_show,
        store_verify,
        store_versions,
    )


def _validation_commands() -> tuple[Any, ...]:
    from wombat_tool.validation import command as validate

    return (validate,)


def _commands_for(name: str) -> tuple[Any, ...]:
    """The commands among which the one of that name is, if there is one."""
    if name in ("changes", "code", "contract", "implies", "infer"):
        return _contract_commands()
    if name == "validate":
        return _validation_commands()
    if name == "render":
        return _deployment_commands()
    if name == "preview":
        return _preview_commands()
    if name.startswith("store-"):
        return _store_commands()
    return (
        *_contract_commands(),
        *_deployment_commands(),
        *_preview_commands(),
        *_store_commands(),
        *_validation_commands(),
    )


def main(arguments: Optional[Sequence[str]] = None) -> int:
    """Run one command; the exit code is 0, 1 for a finding or for data that is not right, or 2 for wrong use."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A sandbox has no locale, and data holds characters of all languages.
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    parser = argparse.ArgumentParser(
        prog="wombat_tool", description="What Wombat does to data in a sandbox of its own."
    )
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    given = sys.argv[1:] if arguments is None else list(arguments)
    for command in _commands_for(given[0] if given else ""):
        command.add_parser(commands)
    parsed = parser.parse_args(given)
    try:
        exit_code = int(parsed.run(parsed))
        sys.stdout.flush()
        return exit_code
    except WombatToolError as err:
        print(f"{type(err).__name__}: {err}", file=sys.stderr)
        return 1
    except BrokenPipeError:
        # The reader has seen enough, as `head` does. What is still buffered has nowhere to go.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


if __name__ == "__main__":
    sys.exit(main())
