"""A generated recipe of an image, built by Pants' docker backend as the page on containers says."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

from harness import Repository, file_above

pytestmark = pytest.mark.skipif(
    "WOMBAT_TEST_ALL_SYSTEMS" not in os.environ, reason="starts Pants anew with another backend; WOMBAT_TEST_ALL_SYSTEMS=1"
)

# In the place of Docker: it notes how it was called, and keeps the directory that it was to build from.
DOCKER = """#!/bin/sh
if [ "$1" = build ]; then
    /bin/cp -R . {record}/context
    printf '%s\\n' "$@" >{record}/arguments
    echo "Successfully built 0123456789ab"
else
    echo "Docker version 27.0.0"
fi
"""


def test_the_docker_backend_gives_docker_what_the_recipe_copies(repository: Repository, tmp_path: Path) -> None:
    (tmp_path / "docker").write_text(DOCKER.format(record=tmp_path))
    (tmp_path / "docker").chmod(0o755)
    page = file_above("docs/how-to/run-in-a-container.md").read_text()
    blocks = dict(re.findall(r"(?ms)^```(?:toml|python)\n# (\S+)[^\n]*\n(.*?)^```$", page[page.index("docker backend\n") :]))
    # As the page has it for a hidden directory. The parser of Docker is that of a lock, as a mirror of an index has it.
    settings = f"""
pants_ignore.add = ["!.config/"]
[docker]
executable_search_paths = ["{tmp_path}"]
[python]
resolves = {{ default = "3rdparty/requirements.lock", docker = "3rdparty/docker.lock" }}
[dockerfile-parser]
install_from_resolve = "docker"
"""
    lock = re.search(r"(?ms)^dockerfile==.*?(?=^\S|\Z)", file_above("3rdparty/tools/image.lock").read_text())
    assert lock is not None
    repository.write({path: blocks[path] for path in ("BUILD", "shop/BUILD")})
    repository.write({"docker.toml": blocks["pants.toml"] + settings, "3rdparty/docker.lock": lock.group()})
    repository.write({".hidden/file": "", ".config/file": "", "shop/.hidden": "", "dist/old": "", "build.log": ""})
    with (repository.path / ".gitignore").open("a") as ignore:
        ignore.write("*.log\n")
    variables = {"GIT_COMMIT": "abc123", "PANTS_CONFIG_FILES": "docker.toml"}

    repository.pants("generate-configs", "shop:image", env=variables).succeeded()
    packaged = repository.pants("package", "shop:jobs", env=variables).succeeded()

    arguments = (tmp_path / "arguments").read_text().split("\n")
    assert arguments[:-1] == [
        *("build", "--pull=False", "--tag", "monorepo:abc123", "--build-arg", "GIT_COMMIT", "--file", "shop/Dockerfile", "."),
    ]
    assert "monorepo:abc123" in packaged.text
    context = tmp_path / "context"
    found = {str(path.relative_to(context)) for path in context.rglob("*") if path.is_file()}
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=repository.path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert found == {*listed.stdout.split()} - {".hidden/file"}, "all that git has or would take, but hidden directories"
    assert {".config/file", "shop/.hidden", ".gitignore", "shop/Dockerfile.dockerignore"} <= found
    assert os.access(context / "pants", os.X_OK)
