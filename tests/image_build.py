"""Container images without an engine: what a Dockerfile says is done, instruction by instruction, in a root file system
of its own, and containers are run of what comes out.

What `root` of the image does is not done, since there is no package manager to do it: it is only read by a shell.
"""

from __future__ import annotations

import fnmatch
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Callable, List, Mapping, Sequence, Tuple

from containers import Node

# A new network has nothing but a loopback device that is down; Pants reaches its warm servers by it. The arguments are
# the command, which is the user's of the image again once the device is up.
_WITHOUT_NETWORK = """
import fcntl, os, socket, struct, sys
up = struct.pack("16sh14x", b"lo", 1)
fcntl.ioctl(socket.socket(socket.AF_INET, socket.SOCK_DGRAM), 0x8914, up)
os.execvp("unshare", ["unshare", "--user", "--map-user=1000", "--map-group=1000", "--", *sys.argv[1:]])
"""
_RESTRICTED = {"capabilities": {"drop": ["ALL"]}, "allowPrivilegeEscalation": False}


def instructions_of(dockerfile: str) -> List[Tuple[str, str]]:
    """The instructions of a Dockerfile, each with its arguments."""
    lines = [line for line in dockerfile.split("\n") if line.strip() and not line.startswith("#")]
    joined = "\n".join(lines).replace("\\\n", " ")
    return [(name, rest.strip()) for name, _, rest in (line.partition(" ") for line in joined.split("\n"))]


@dataclass(frozen=True)
class Image:
    """An image as it is so far.

    :param directory: has what is in `/repo` and `/home/wombat`.
    :param variables: its environment variables.
    :param own: directories of this machine that containers need at the same path.
    """

    directory: Path
    variables: Mapping[str, str]
    own: Sequence[Path] = ()

    def path(self, absolute: str) -> Path:
        """Where a file of the image is on this machine."""
        for root, name in (("/repo", "repo"), ("/home/wombat", "home")):
            if absolute == root or absolute.startswith(f"{root}/"):
                return self.directory / name / absolute[len(root) + 1 :]
        raise AssertionError(f"{absolute} is not what the image's user owns.")

    def machine(self, directory: Path) -> Node:
        """A new machine with the image, of which it has a copy but for what steps need to run.

        :param directory: of the machine; it must not be there.
        """
        store = "/home/wombat/.cache/pants/lmdb_store"
        own = {"/repo": directory / "repo", store: directory / "store"}
        for path, copied in own.items():
            shutil.copytree(self.path(path), copied, symlinks=True)
        return Node(directory, {"/home/wombat": self.path("/home/wombat"), **own}, dict(self.variables), self.own)

    def copy(self, directory: Path) -> Image:
        """The same image elsewhere: what its containers change is theirs."""
        shutil.copytree(self.directory, directory, symlinks=True)
        return replace(self, directory=directory)

    def run(self, words: Sequence[str], *, directory: str, more: Mapping[str, str] = {}, has_network: bool = True) -> str:
        """Run a command as the image's user, and return what it printed.

        :raises AssertionError: if it fails, with what it printed.
        """
        name = " ".join(words)
        if not has_network:
            words = [
                *("unshare", "--user", "--map-root-user", "--net", "--"),
                *(str(Path(sys.executable).resolve()), "-I", "-c", _WITHOUT_NETWORK, *words),
            ]
        container = {
            "name": name,
            "workingDir": directory,
            "securityContext": _RESTRICTED,
            # Kubernetes takes "$$" for "$".
            "command": [word.replace("$", "$$") for word in words],
        }
        image = {"/repo": self.path("/repo"), "/home/wombat": self.path("/home/wombat")}
        node = Node(self.directory, image, {**self.variables, **more}, self.own)
        ((_, printed),) = node.run({"containers": [container]}, config_maps={}, secrets={})
        return printed


def base_image(directory: Path, pythons: Sequence[Path]) -> Image:
    """What is there before the first instruction of the image's user: Pythons, and two empty directories.

    :param pythons: the directories of the programs.
    """
    for name in ("repo", "home"):
        (directory / name).mkdir(parents=True)
    path = ":".join(map(str, [*pythons, "/usr/bin", "/bin"]))
    return Image(directory, {"PATH": path}, [python.parent for python in pythons])


def built(
    dockerfile: str, image: Image, context: Path, *, arguments: Mapping[str, str], before: Callable[[str, Image], None]
) -> Image:
    """Build an image.

    :param image: the base image, to be built on in place.
    :param context: the directory of the build, from which `ignored` has taken what stays out.
    :param arguments: of the build.
    :param before: is called before each RUN with its arguments and the image as it is then.
    """
    user, directory, known = "root", "/", {}
    for name, rest in instructions_of(dockerfile):
        if name == "ENV":
            # In double quotes, "\\$" is "$" for Docker.
            pairs = (word.replace("\\$", "$").partition("=") for word in shlex.split(rest))
            image = replace(image, variables={**image.variables, **{name: value for name, _, value in pairs}})
        elif name == "ARG":
            known.update({rest: arguments[rest]} if rest in arguments else {})
        elif name == "USER":
            user = rest
        elif name == "WORKDIR":
            directory = rest
        elif name == "COPY":
            _copy(rest, image, context, directory=directory, user=user)
        elif name == "RUN" and user == "root":
            subprocess.run(["sh", "-n", "-c", rest], check=True)
        elif name == "RUN":
            before(rest, image)
            image.run(_words(rest), directory=directory, more=known)
        else:
            assert name in ("FROM", "CMD"), f"{name} is not known here."
    return image


def _words(rest: str) -> List[str]:
    if rest.startswith("["):
        words: List[str] = json.loads(rest)
        return words
    return ["/bin/sh", "-c", rest]


def _copy(rest: str, image: Image, context: Path, *, directory: str, user: str) -> None:
    option = re.match(r"--chown=(\S+) ", rest)
    assert option is not None and option[1] == user, f"COPY {rest}: the files must belong to {user}."
    rest = rest[option.end() :]
    *sources, target = json.loads(rest) if rest.startswith("[") else rest.split()
    there = image.path(os.path.normpath(f"{directory}/{target}"))
    for source in sources:
        here = context / source
        if here.is_dir():
            shutil.copytree(here, there, symlinks=True, dirs_exist_ok=True)
        else:
            there.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(here, there)


def ignored(dockerignore: str, root: Path) -> Callable[[str, List[str]], List[str]]:
    """What a `.dockerignore` keeps out of a build, for `shutil.copytree` of the directory `root`."""
    patterns = [line for line in dockerignore.split("\n") if line and not line.startswith("#")]

    def is_ignored(relpath: str) -> bool:
        for pattern in patterns:
            if pattern.startswith("**/"):
                if fnmatch.fnmatch(os.path.basename(relpath), pattern[3:]):
                    return True
            elif fnmatch.fnmatch(relpath, pattern):
                return True
        return False

    def of(directory: str, names: List[str]) -> List[str]:
        here = os.path.relpath(directory, root)
        return [name for name in names if is_ignored(os.path.normpath(f"{here}/{name}"))]

    return of
