"""Machines for pods: each with a new copy of an image that holds a repository, its plugin, and Pants set up."""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
from pathlib import Path
from typing import Dict, List

from containers import Node
from harness import Repository, name_of


def node_at(directory: Path, repository: Repository, plugins: Path) -> Node:
    """A machine whose containers have the repository at `/repo`, and nothing in their caches.

    :param directory: of the machine; it must be there.
    """
    home, checkout = directory / "home", directory / "repo"
    ignore = shutil.ignore_patterns(".pants.d", ".pids", "dist", ".wombat")
    shutil.copytree(repository.path, checkout, ignore=ignore)
    # Its BUILD files name resolves that the repository does not have.
    shutil.copytree(plugins, checkout / "plugins", ignore=shutil.ignore_patterns("BUILD"))
    toml = checkout / "pants.toml"
    text = re.sub(r"(?m)^(local_store_dir|pants_workdir) = .*\n", "", toml.read_text())
    toml.write_text(re.sub(r"(?m)^pythonpath = .*$", 'pythonpath = ["%(buildroot)s/plugins"]', text))
    (home / ".cache/pants/named_caches").mkdir(parents=True)
    (home / ".cache/pants/named_caches/of_the_image").touch()
    caches = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    set_up = Path(os.environ.get("WOMBAT_CACHE_DIR") or caches / "wombat")
    python = Path(sys.executable).resolve().parent
    variables = {"HOME": "/home/wombat", "PATH": f"{python}:/usr/bin:/bin", "WOMBAT_CACHE_DIR": str(set_up)}
    return Node(directory, {"/repo": checkout, "/home/wombat": home}, variables, [set_up, python.parent])


def sources_of(records: Path) -> List[Dict[str, str]]:
    """By run, in their order, where the result of each step came from."""
    files = sorted(records.glob("*.json"), key=lambda file: file.stat().st_mtime_ns)
    documents = [json.loads(file.read_text()) for file in files]
    return [{name_of(step["address"]): step["source"] for step in document["steps"]} for document in documents]
