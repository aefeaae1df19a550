"""What must be equal on two machines for one to find what the other has computed, and what differs.

A machine that writes to a remote cache leaves there, beside the results, what it has for what the repository asks of it.
"""

from __future__ import annotations

import json
from typing import Dict, List, Mapping, Optional, Sequence

from wombat.graph.params import canonical_json

MACHINE_VARIABLE_PREFIX = "WOMBAT_MACHINE_"
_SHOWN_STEPS = 3

# By the name of a part: what people call it, and what makes it equal.
_PARTS = {
    "interpreter": ("path of the Python of steps", "set [python-bootstrap].search_path alike"),
    "release": ("release of the Python of steps", "install the same release, or use one image"),
    "requirements": ("requirements, as installed", "take wheels for everything: what is compiled differs"),
    "shell": ("path of the shell", "use one image"),
    "tools": ("paths of the tools of shell_command targets", "set [shell-setup].executable_search_paths alike"),
    "step_library": ("version of the plugin", "name one version in pants.toml"),
}
# Of these people get to see the values; of the others there are only digests.
_SHOWN = ("interpreter", "release", "shell")


def machine_variable(has: Mapping[str, str]) -> str:
    """The name of a variable that carries what a machine has. In a name, since names of slots are not part of keys."""
    # In hexadecimal digits, since a shell passes on only what can be a name of its own.
    return MACHINE_VARIABLE_PREFIX + canonical_json(dict(has)).encode("utf-8", "backslashreplace").hex()


def read_machine(stdout: bytes) -> Optional[Dict[str, str]]:
    """What a machine has, out of the lines `NAME=value` of variables; None if there is no such variable."""
    for line in stdout.decode(errors="replace").splitlines():
        name = line.partition("=")[0]
        if name.startswith(MACHINE_VARIABLE_PREFIX):
            try:
                has = json.loads(bytes.fromhex(name[len(MACHINE_VARIABLE_PREFIX) :]))
            except ValueError:
                return None
            if isinstance(has, dict):
                return {str(part): str(value) for part, value in has.items()}
    return None


def machine_differences(there: Mapping[str, str], here: Mapping[str, str]) -> List[str]:
    """What differs, each with what makes it equal."""
    differing = [part for part in _PARTS if part in there and part in here and there[part] != here[part]]
    if "interpreter" in differing or "release" in differing:
        # They are installed for another interpreter then.
        differing = [part for part in differing if part != "requirements"]
    found = []
    for part in differing:
        name, mend = _PARTS[part]
        values = f"{there[part]} there, {here[part]} here" if part in _SHOWN else "another one here"
        found.append(f"{name}: {values}; {mend}")
    return found


def machine_warning(steps: Sequence[str], differences: Sequence[str]) -> str:
    """What people read.

    :param steps: addresses of those that ran.
    """
    lines = "".join(f"\n  {one}" for one in differences)
    return (
        f"This machine differs from one that fills the remote cache, so its results were not found here, and these "
        f"ran: {_named(steps)}.{lines}"
    )


def unknown_machines(steps: Sequence[str], platform: str) -> str:
    """What people read where no machine is known that fills the remote cache.

    :param steps: addresses of those that ran.
    """
    return (
        f"The remote cache knows of no machine that made results for {_named(steps)}: nobody has filled it for these "
        f"requirements yet, or those who do have another platform than {platform}, or another "
        "[GLOBAL].process_execution_cache_namespace."
    )


def _named(steps: Sequence[str]) -> str:
    more = f" and {len(steps) - _SHOWN_STEPS} more" if len(steps) > _SHOWN_STEPS else ""
    return ", ".join(steps[:_SHOWN_STEPS]) + more
