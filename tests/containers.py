"""Pods of Kubernetes on one machine: each container runs in a root file system of its own, as an ordinary user.

It has the image's directories and the pod's volumes where the manifest says, `/` read-only where the manifest says that,
and for the rest this machine's programs. There is no cluster: what schedules, pulls and mounts is played here.
"""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Dict, List, Mapping, Sequence, Tuple

import pytest

from pod_commands import Data, command_of

_OWN = ("cache", "home", "repo", "run", "tmp", "work")
"""What is not this machine's below the root of a container."""

# Arguments: the new root, the working directory, whether it is read-only, and up to "--" what is mounted, each as
# SOURCE:TARGET:MODE. A user namespace cannot be made in a changed root, unless the root is the one of its mounts.
_ENTER = r"""
set -e
root=$1 directory=$2 read_only=$3
shift 3
mount -t tmpfs -o mode=755 none "$root"
for entry in /*; do
  name=${entry#/}
  case " OWN " in *" $name "*) mkdir "$root/$name"; continue ;; esac
  if [ -h "$entry" ]; then cp -P "$entry" "$root/$name"
  elif [ -d "$entry" ]; then mkdir "$root/$name"; mount --rbind "$entry" "$root/$name"; fi
done
mkdir "$root/.old"
while [ "$1" != -- ]; do
  source=${1%%:*} rest=${1#*:}
  target=${rest%:*} mode=${rest##*:}
  if [ -d "$source" ]; then mkdir -p "$root$target"
  else mkdir -p "$root${target%/*}"; : >>"$root$target"; fi
  mount --bind "$source" "$root$target"
  if [ "$mode" = ro ]; then mount -o remount,bind,ro "$root$target"; fi
  shift
done
shift
if [ "$read_only" = yes ]; then mount -o remount,bind,ro "$root"; fi
cd "$root"
pivot_root . .old
umount -l /.old
cd "$directory"
exec unshare --user --map-user=1000 --map-group=1000 -- env -i "$@"
""".replace("OWN", " ".join(_OWN))


def _can_run() -> bool:
    namespaces = ["unshare", "--user", "--map-root-user", "--mount", "--net"]
    try:
        return subprocess.run([*namespaces, "unshare", "--user", "true"], capture_output=True).returncode == 0
    except OSError:
        return False


IF_CONTAINERS = pytest.mark.skipif(
    not _can_run(), reason="containers are played by namespaces of Linux, which this machine does not let us have"
)
"""For tests that play containers, with and without a network."""


@dataclass(frozen=True)
class Node:
    """A machine that runs a pod.

    :param directory: where it keeps volumes; a new one is a new machine.
    :param image: the directories of the image, by their path in it. A container that writes to one changes the image.
    :param variables: those of the image.
    :param own: directories of this machine that containers need at the same path.
    """

    directory: Path
    image: Mapping[str, Path]
    variables: Dict[str, str]
    own: Sequence[Path]

    def run(self, pod: Mapping[str, Any], *, config_maps: Data, secrets: Data) -> List[Tuple[str, str]]:
        """Run the containers of a pod, one after the other, and return the name and the output of each.

        :raises AssertionError: if one fails.
        """
        volumes = {volume["name"]: self._volume(volume, secrets) for volume in pod.get("volumes", [])}
        printed = []
        for container in [*pod.get("initContainers", []), *pod["containers"]]:
            command = command_of(container, config_maps=config_maps, secrets=secrets)
            environment = {**self.variables, **command.environment}
            finished = subprocess.run(
                [
                    *self._enter(container, volumes),
                    *(f"{name}={value}" for name, value in environment.items()),
                    *command.words,
                ],
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                errors="replace",
                timeout=300,
            )
            assert finished.returncode == 0, f"{container['name']}: {finished.stdout}"
            printed.append((container["name"], finished.stdout))
        return printed

    def volume(self, name: str) -> Path:
        """What a volume of the pod holds."""
        return self.directory / "volumes" / name

    def _volume(self, volume: Mapping[str, Any], secrets: Data) -> Path:
        path = self.volume(volume["name"])
        path.mkdir(parents=True, exist_ok=True)
        if "secret" in volume:
            for item in volume["secret"]["items"]:
                (path / item["path"]).write_text(secrets[volume["secret"]["secretName"]][item["key"]])
        else:
            assert volume.keys() & {"emptyDir", "persistentVolumeClaim"}, volume
        return path

    def _enter(self, container: Mapping[str, Any], volumes: Mapping[str, Path]) -> List[str]:
        context = container["securityContext"]
        assert context["capabilities"] == {"drop": ["ALL"]} and context["allowPrivilegeEscalation"] is False
        is_read_only = bool(context.get("readOnlyRootFilesystem"))
        mounts: Dict[str, Tuple[Path, bool]] = {path: (source, is_read_only) for path, source in self.image.items()}
        mounts.update({str(path): (path, True) for path in self.own})
        for mount in container.get("volumeMounts", []):
            source = volumes[mount["name"]] / mount.get("subPath", "")
            assert source.exists(), f"{source} must be there before it is mounted."
            mounts[mount["mountPath"]] = (source, bool(mount.get("readOnly")))
        root = self.directory / "root"
        root.mkdir(exist_ok=True)
        # What lies in another one is mounted after it.
        listed = [f"{source}:{path}:{'ro' if closed else 'rw'}" for path, (source, closed) in sorted(mounts.items())]
        namespaces = ["--mount", "--propagation", "private", *([] if os.geteuid() == 0 else ["--user", "--map-root-user"])]
        read_only = "yes" if is_read_only else "no"
        enter = ["sh", "-c", _ENTER, "sh", str(root), container["workingDir"], read_only]
        return ["unshare", *namespaces, "--", *enter, *listed, "--"]
