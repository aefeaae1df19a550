"""Starts a program in a virtual environment, made first where it does not exist yet. Runs in sandboxes.

    python lib/enter_venv.py PACKAGE ARGUMENT...

It stands between Pants' cache of virtual environments, which may be pruned at any time, and the program, and it
replaces the script that Pants would use: that one holds the PATH of the machine, and so would every key.
"""

from __future__ import annotations

import os
import runpy
import subprocess
import sys


def main() -> None:
    """Replace this process by one in the virtual environment, or, in that one, run the package.

    The variables are set by `wombat.rules.venv`; without them the package runs in this interpreter.
    """
    environment = dict(os.environ)
    if "WOMBAT_VENV" not in environment:
        del sys.argv[0]
        runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
        return
    python = os.path.join(os.path.abspath(environment.pop("WOMBAT_VENV")), "bin", "python")
    pex = environment.pop("WOMBAT_PEX")
    if not os.path.exists(python):
        made = subprocess.run(
            [sys.executable, pex, "-c", ""],
            env={**environment, "PEX_INTERPRETER": "1"},
            capture_output=True,
            text=True,
            errors="replace",
        )
        if made.returncode or not os.path.exists(python):
            sys.exit(f"wombat: cannot make a virtual environment from {pex}:\n{made.stdout}{made.stderr}")
    for name in [name for name in environment if name.startswith("PEX_")]:
        del environment[name]
    os.execve(python, [python, "-sB", *sys.argv], environment)


if __name__ == "__main__":
    main()
