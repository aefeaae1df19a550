"""The command `store-download`."""

from __future__ import annotations

import argparse
import json
import re
from pathlib import Path

from wombat_tool.store.download import download


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the command line."""
    parser = commands.add_parser("store-download", help="download a file from elsewhere, and see that it is the right one")
    parser.add_argument("--uri", required=True, help="https://..., gs://bucket/object or file:///path")
    parser.add_argument("--sha256", type=_sha256, metavar="DIGEST", help="the digest that the file must have")
    parser.add_argument("--generation", type=_generation, help="which generation of the object of a bucket")
    parser.add_argument("--unpinned", action="store_true", help="take what is there now, and print as JSON what pins it")
    parser.add_argument("--to", required=True, metavar="PATH", help="the file to make")
    parser.set_defaults(run=run, parser=parser)


def run(arguments: argparse.Namespace) -> int:
    """Download the file; returns the exit code."""
    is_pinned = arguments.sha256 is not None or arguments.generation is not None
    if is_pinned == arguments.unpinned:
        arguments.parser.error("give --sha256 or --generation, or else --unpinned")
    if arguments.generation is not None and not arguments.uri.startswith("gs://"):
        arguments.parser.error("argument --generation: only objects of buckets, gs://..., have one; give --sha256")
    found = download(arguments.uri, Path(arguments.to), sha256=arguments.sha256, generation=arguments.generation)
    if arguments.unpinned:
        content = found.content
        document = {"sha256": content.sha256, "size_bytes": content.size_bytes, "generation": found.generation}
        print(json.dumps(document))
    return 0


def _sha256(text: str) -> str:
    if not re.fullmatch(r"[0-9a-fA-F]{64}", text):
        raise argparse.ArgumentTypeError(f"must be 64 hexadecimal digits, but was {text!r}")
    return text.lower()


def _generation(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and 0 < len(text) < 20):
        raise argparse.ArgumentTypeError(f"must be a whole number, but was {text!r}")
    return int(text)
