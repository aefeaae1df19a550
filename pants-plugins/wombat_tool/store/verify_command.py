"""The command `store-verify`."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict

from wombat_tool.preview.layout import count_text, size_text
from wombat_tool.preview.width import printable
from wombat_tool.store.store import Store, open_store
from wombat_tool.store.verify import Finding, Verified, Verifier

DOCUMENT_VERSION = 1
"""Of the JSON document; a new number means that a reader of the old one would misread it."""

_MOST_NAMES = 5


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the command line."""
    parser = commands.add_parser(
        "store-verify",
        help="read everything in the store and hold it against its digests; exit code 1 if not all is well",
    )
    parser.add_argument(
        "--store", required=True, metavar="URL", help="a directory, file:///directory or gs://bucket/prefix"
    )
    parser.add_argument("--output", choices=["text", "json"], default="text", help="for people, or for programs")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print what is wrong; returns the exit code."""
    store = open_store(arguments.store)
    verified = Verifier(store, verb="verifying").verify()
    if arguments.output == "json":
        print(json.dumps({"verify_version": DOCUMENT_VERSION, "store": store.url, **asdict(verified)}))
    else:
        print("\n".join(_lines(store, verified)))
    return 1 if verified.findings else 0


def _lines(store: Store, verified: Verified) -> list[str]:
    lines = [line for finding in verified.findings for line in _finding_lines(finding)]
    lines.append(
        f"{store.url}: {count_text(verified.versions, 'version')}, {count_text(verified.blobs, 'blob')}, "
        f"{count_text(verified.labels, 'label')}, {size_text(verified.size_bytes)}; "
        + (f"{count_text(len(verified.findings), 'thing')} wrong." if verified.findings else "all is well.")
    )
    if verified.unneeded:
        lines.append(
            f"{count_text(verified.unneeded, 'blob')} that no version needs: `./pants collect-garbage` removes such."
        )
    if verified.unpublished_inputs:
        lines.append(
            f"{count_text(verified.unpublished_inputs, 'input')} of versions that were not published, or are gone."
        )
    return lines


def _finding_lines(finding: Finding) -> list[str]:
    lines = [f"{finding.kind}: {printable(finding.name)} {printable(finding.problem)}"]
    if finding.needed_by:
        more = len(finding.needed_by) - _MOST_NAMES
        names = ", ".join(printable(name) for name in finding.needed_by[:_MOST_NAMES])
        lines.append(f"    needed by {names}" + (f" and {more:,} more" if more > 0 else ""))
    return [*lines, f"    {finding.mend}"]
