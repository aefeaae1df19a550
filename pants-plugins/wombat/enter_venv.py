"""Starts a program in a virtual environment, made first where it does not exist yet. Runs in sandboxes.

    python lib/enter_venv.py PACKAGE -cp lib run ARGUMENT...       run the package with the arguments
    python lib/enter_venv.py PACKAGE -cp lib <NAILGUN_MAIN> :0     serve requests to run it

The form is the one that Pants takes apart for its pool of warm servers: everything up to the word after `-cp` starts
the server, the rest is the request.

It stands between Pants' cache of virtual environments, which may be pruned at any time, and the program, and it
replaces the script that Pants would use: that one holds the PATH of the machine, and so would every key.
"""

from __future__ import annotations

import importlib
import os
import runpy
import subprocess
import sys
from typing import Dict, Mapping

NAILGUN_MAIN = "com.martiansoftware.nailgun.NGServer"
"""The class that Pants names when it wants the server and not one run."""


def main() -> None:
    """Replace this process by one in the virtual environment, or, in that one, run or serve the package.

    The variables are set by `wombat.rules.venv`; without them the package runs in this interpreter.
    """
    # There to make keys differ, and no business of the program.
    os.environ.pop("WOMBAT_INTERPRETER", None)
    if "WOMBAT_VENV" in os.environ:
        _enter()
    package, _, _, word, *arguments = sys.argv[1:]
    if word == NAILGUN_MAIN:
        _serve(package)
    else:
        sys.argv = [package, *arguments]
        runpy.run_module(package, run_name="__main__", alter_sys=True)


def _enter() -> None:
    python = os.path.join(os.path.abspath(os.environ["WOMBAT_VENV"]), "bin", "python")
    if not os.path.exists(python):
        pex = os.environ["WOMBAT_PEX"]
        made = subprocess.run(
            [sys.executable, pex, "-c", ""],
            env={**os.environ, "PEX_INTERPRETER": "1"},
            capture_output=True,
            text=True,
            errors="replace",
        )
        if made.returncode or not os.path.exists(python):
            sys.exit(f"wombat: cannot make a virtual environment from {pex}:\n{made.stdout}{made.stderr}")
    os.execve(python, [python, "-sB", *sys.argv], _of_the_program(os.environ))


def _of_the_program(environment: Mapping[str, str]) -> Dict[str, str]:
    """The variables of a process that are the program's, and not for this script."""
    own = ("WOMBAT_INTERPRETER", "WOMBAT_PEX", "WOMBAT_VENV")
    return {name: value for name, value in environment.items() if name not in own and not name.startswith("PEX_")}


def _serve(package: str) -> None:
    server = importlib.import_module("warm_server")
    # The code of a step may have a module of this name, too.
    del sys.modules[server.__name__]
    server.serve(package, importlib.import_module(f"{package}._worker"), variables=_of_the_program)


if __name__ == "__main__":
    main()
