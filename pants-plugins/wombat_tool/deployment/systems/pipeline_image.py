"""The recipe of a container image for jobs: the repository at one commit, with all set up that its steps run in.

The image starts no step by itself: those who run it say what to run. In it a run needs no package index.
"""

from __future__ import annotations

import json
import re
import shlex
import unicodedata
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


def _build_variable(name: str) -> str:
    # Pants and its launcher keep by these what they have made: another value, or none, and it is not found.
    if re.fullmatch(r"(PANTS|WOMBAT|LC)_\w+|PIP_CERT|SSL_CERT_(FILE|DIR)|HOME|LANG|PATH|PYENV_ROOT", name):
        raise ValueError(
            "must name what only the download of packages depends on: jobs do not have a variable of the build, and without "
            "this one they would not find what the image has. Set it by 'env_vars'"
        )
    return name


def _value(text: str) -> str:
    if any(unicodedata.category(character) == "Cc" for character in text):
        raise ValueError("must be text of one line, without control characters")
    return text


def _env_vars(env_vars: dict[str, str]) -> dict[str, str]:
    if "HOME" in env_vars:
        raise ValueError(f"must leave HOME as it is, {HOME}: what jobs need lies there")
    return env_vars


class PipelineImageSettings(Settings):
    """The settings of `pipeline_image`.

    :param base: a Debian image with CPython 3.9 first on its PATH.
    :param packages: of Debian, that steps need.
    :param prepare: what the image is to run, as arguments of the goal `prepare-steps`.
    :param env_vars: environment variables of the build and of all jobs.
    :param build_variables: environment variables of the build, such as the address of a mirror of packages. They are
        arguments of the build (`docker build --build-arg`), and not in the image.
    """

    base: Image = DEFAULT_BASE
    packages: tuple[Annotated[str, AfterValidator(_package)], ...] = ()
    prepare: tuple[PlainText, ...] = ("::",)
    env_vars: Annotated[dict[VariableName, Annotated[str, AfterValidator(_value)]], AfterValidator(_env_vars)] = {}
    build_variables: tuple[Annotated[VariableName, AfterValidator(_build_variable)], ...] = ()
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
    variables = "".join(f"\nENV {name}={_quoted(value)}" for name, value in sorted(settings.env_vars.items()))
    arguments = "".join(f"ARG {name}\n" for name in sorted(set(settings.build_variables)))
    blocks = [
        f"# Build it in the root of the repository:\n#   docker build -f {path} -t REGISTRY/NAME:$(git rev-parse HEAD) .\n"
        f"FROM {settings.base}",
        "# Debian's archive has only the newest version of a package, so none is pinned.\n# hadolint ignore=DL3008\n"
        "RUN apt-get update \\\n"
        f" && apt-get install --yes --no-install-recommends {packages} \\\n"
        " && rm -rf /var/lib/apt/lists/*",
        f"RUN groupadd --gid {GROUP_ID} wombat \\\n"
        f" && useradd --uid {USER_ID} --gid {GROUP_ID} --home-dir {HOME} --create-home wombat \\\n"
        f" && install -d -o {USER_ID} -g {GROUP_ID} {REPOSITORY}",
        f"ENV HOME={HOME} LANG=C.UTF-8 PANTS_DYNAMIC_UI=false PANTS_PANTSD=false{variables}",
        f"USER {user}\nWORKDIR {REPOSITORY}",
        f"{arguments}{_launcher_layer(deployment, user)}"
        f"COPY --chown={user} . .\n"
        f"RUN {json.dumps([deployment.launcher, 'prepare-steps', *settings.prepare])}",
        f"CMD {json.dumps([deployment.launcher, '--version'])}",
    ]
    return "\n\n".join(blocks) + "\n"


def _quoted(text: str) -> str:
    """A text as Docker reads it literally."""
    return '"' + re.sub(r'(["\\$])', r"\\\1", text) + '"'


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
