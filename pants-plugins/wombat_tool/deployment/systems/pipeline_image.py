"""The recipe of a container image for jobs: the repository at one commit, with all set up that its steps run in.

The image starts no step by itself: those who run it say what to run. In it a run needs no package index.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Sequence
from typing import Annotated, Optional

from pydantic import AfterValidator

from wombat_tool.deployment.image_layout import GROUP_ID, HOME, REPOSITORY, USER_ID
from wombat_tool.deployment.problems import DeploymentProblem
from wombat_tool.deployment.settings import Settings
from wombat_tool.deployment.system import Deployment, GeneratedFile, System
from wombat_tool.deployment.values import Image, PlainText, VariableName

# Pants runs on Python 3.9, and Wombat's program on the Python 3.11 that this release of Debian has itself.
DEFAULT_BASE = "python:3.9-slim-bookworm"
_ALWAYS = ("ca-certificates", "git", "python3", "python3-venv")
# Not in the image: what a build makes anew, what only people need, and what may hold secrets of the one who builds.
_IGNORED = (".git", "**/.pants.d", ".pids", "dist", ".wombat", "**/__pycache__", "**/.venv", "**/node_modules", "**/.env")


def _package(name: str) -> str:
    if not re.fullmatch(r"[a-z0-9][a-z0-9+.-]+(=[A-Za-z0-9.+:~-]+)?", name):
        raise ValueError("must be a package of Debian, such as 'libgomp1' or 'libgomp1=12.2.0-14'")
    return name


def _file(path: str) -> str:
    # Of such a path Docker takes "$" for a variable, and "*", "?" and "[" for a pattern.
    if not re.fullmatch(r"(?!/)[\w./ -]+", path) or ".." in path.split("/"):
        raise ValueError("must be the path of a file from the build root, such as 'tools/pants.lock'")
    return path


class PipelineImageSettings(Settings):
    """The settings of `pipeline_image`.

    :param base: a Debian image with CPython 3.9 first on its PATH.
    :param packages: of Debian, that steps need.
    :param prepare: what the image is to run, as arguments of the goal `prepare-steps`.
    :param build_variables: environment variables of the build, such as the address of a mirror of packages. They are
        arguments of the build (`docker build --build-arg`), and not in the image.
    """

    base: Image = DEFAULT_BASE
    packages: tuple[Annotated[str, AfterValidator(_package)], ...] = ()
    prepare: tuple[PlainText, ...] = ("::",)
    build_variables: tuple[VariableName, ...] = ()
    launcher_files: Optional[tuple[Annotated[str, AfterValidator(_file)], ...]] = None


def render(deployment: Deployment[PipelineImageSettings]) -> Sequence[GeneratedFile]:
    """The Dockerfile, and the list of what stays out of the image."""
    settings = deployment.settings
    if settings.patch:
        raise DeploymentProblem("patch", "has no meaning here: a Dockerfile is no document of keys. Build an image on top.")
    path = settings.output or deployment.path("Dockerfile")
    return [
        GeneratedFile(path, _dockerfile(deployment, path)),
        GeneratedFile(f"{path}.dockerignore", "".join(f"{pattern}\n" for pattern in _IGNORED)),
    ]


def _dockerfile(deployment: Deployment[PipelineImageSettings], path: str) -> str:
    settings = deployment.settings
    packages = " ".join(sorted({*_ALWAYS, *settings.packages}))
    user = f"{USER_ID}:{GROUP_ID}"
    arguments = "".join(f"ARG {name}\n" for name in sorted(set(settings.build_variables)))
    blocks = [
        f"# Build it in the root of the repository:\n#   docker build -f {path} -t REGISTRY/NAME:$(git rev-parse HEAD) .\n"
        f"FROM {settings.base}",
        "RUN apt-get update \\\n"
        f" && apt-get install --yes --no-install-recommends {packages} \\\n"
        " && rm -rf /var/lib/apt/lists/*",
        f"RUN groupadd --gid {GROUP_ID} wombat \\\n"
        f" && useradd --uid {USER_ID} --gid {GROUP_ID} --home-dir {HOME} --create-home wombat \\\n"
        f" && install -d -o {USER_ID} -g {GROUP_ID} {REPOSITORY}",
        f"ENV HOME={HOME} LANG=C.UTF-8 PANTS_DYNAMIC_UI=false PANTS_PANTSD=false",
        f"USER {user}\nWORKDIR {REPOSITORY}",
        f"{arguments}{_launcher_layer(deployment, user)}"
        f"COPY --chown={user} . .\n"
        f"RUN {json.dumps([deployment.launcher, 'prepare-steps', *settings.prepare])}",
        f"CMD {json.dumps([deployment.launcher, '--version'])}",
    ]
    return "\n\n".join(blocks) + "\n"


def _launcher_layer(deployment: Deployment[PipelineImageSettings], user: str) -> str:
    """Sets Pants up before the repository is copied, so that this layer is made anew only when Pants changes."""
    files = deployment.settings.launcher_files
    if files is None:
        files = ("pants", "3rdparty/launcher/pants.lock") if deployment.launcher == "./pants" else ()
    copies = "".join(f"COPY --chown={user} {json.dumps([file, file])}\n" for file in files)
    # Without a file that marks the root of a repository, Pants says nothing but that.
    run = f"RUN touch BUILD_ROOT && {shlex.quote(deployment.launcher)} --version && rm BUILD_ROOT\n"
    return copies + run if files else ""


SYSTEM = System("pipeline_image", PipelineImageSettings, render)
