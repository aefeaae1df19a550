"""Starts a program in a virtual environment, made first where it does not exist yet. Runs in sandboxes.

    python lib/enter_venv.py lib/wombat_step ARGUMENT...

It stands between Pants' cache of virtual environments, which may be pruned at any time, and the program, and it
replaces the script that Pants would use: that one holds the PATH of the machine, and so would every key.
"""

from __future__ import annotations

import os
import subprocess
import sys


def main() -> None:
    """Replace this process by the program; the variables are set by `wombat.rules.venv`."""
    environment = dict(os.environ)
    venv = os.path.abspath(environment.pop("WOMBAT_VENV"))
    pex = environment.pop("WOMBAT_PEX")
    python = os.path.join(venv, "bin", "python")
    if not os.path.exists(python):
        made = subprocess.run(
            [sys.executable, pex, "-c", ""],
            env={**environment, "PEX_INTERPRETER": "1"},
            capture_output=True,
            text=True,
        )
        if made.returncode or not os.path.exists(python):
            sys.exit(f"wombat: cannot make a virtual environment from {pex}:\n{made.stdout}{made.stderr}")
    for name in [name for name in environment if name.startswith("PEX_")]:
        del environment[name]
    os.execve(python, [python, "-sB", *sys.argv[1:]], environment)


if __name__ == "__main__":
    main()
