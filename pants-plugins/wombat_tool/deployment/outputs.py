"""Where generated files may go: only where the plugin finds them again when nothing generates them any more.

The plugin looks for their headers in files of these names and no others (`wombat/generated_files.py`).
"""

from __future__ import annotations

_ENDINGS = (".yml", ".yaml", ".toml", "_dag.py", "_luigi.py", "Dockerfile", ".dockerignore")
_HIDDEN = (".github", ".gitlab", ".gitlab-ci")
_PASSED_OVER = ("node_modules", "__pycache__")


def problem_with_path(path: str) -> str:
    """Why a file of that path, from the build root, would be lost when its target goes; otherwise ""."""
    *directories, name = path.split("/")
    if not name.endswith(_ENDINGS):
        return f"must make files that end in {', '.join(map(repr, _ENDINGS))}"
    hidden = [one for one in directories if one.startswith(".") and one not in _HIDDEN]
    if hidden:
        return f"must not be in the hidden directory {hidden[0]!r}; allowed are {', '.join(map(repr, _HIDDEN))}"
    lost = [one for one in directories if one in _PASSED_OVER] or [one for one in directories[:1] if one == "dist"]
    return f"must not be in {lost[0]!r}, which holds what tools make" if lost else ""
