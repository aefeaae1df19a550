"""A step's sandbox in a temporary directory, and the running of steps in it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

from wombat_step import _run

EXTENSIONS = {
    "parquet": ".parquet",
    "csv": ".csv",
    "jsonl": ".jsonl",
    "json": ".json",
    "arrow": ".arrow",
    "text": ".txt",
    "file": ".bin",
}
_LIB = Path(_run.__file__).parents[1]
_PROGRAM = """
import json, pathlib, sys, threading, time
sys.path.insert(0, {lib!r})

# What the program itself has allocated: the highest mark that the system keeps counts mapped files, too, and what the
# parent needed before this program began.
peak_kib = 0
def watch():
    global peak_kib
    while True:
        with open("/proc/self/status") as status:
            peak_kib = max(peak_kib, next(int(line.split()[1]) for line in status if line.startswith("RssAnon")))
        time.sleep(0.003)
threading.Thread(target=watch, daemon=True).start()

from wombat_step._errors import WombatStepError
from wombat_step._run import run_step
sandbox = pathlib.Path({sandbox!r})
try:
    result = run_step(json.loads((sandbox / "step.json").read_text()), sandbox)
except WombatStepError as err:
    result = {{"error": type(err).__name__, "message": str(err)}}
result["modules"] = sorted(sys.modules)
result["peak_kib"] = peak_kib
if "pyarrow" in sys.modules:
    result["arrow_peak_kib"] = sys.modules["pyarrow"].default_memory_pool().max_memory() >> 10
print("\\n" + json.dumps(result))
"""


class Sandbox:
    """A step's sandbox, laid out as the plugin does it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.inputs: list[dict[str, Any]] = []
        self.outputs: list[dict[str, Any]] = []
        self.result: dict[str, Any] = {}
        for name in ("in", "out", "src/etl", "work"):
            (path / name).mkdir(parents=True)

    def source(self, code: str, *, path: str = "etl/steps.py") -> None:
        """Write a file of the user's sources."""
        target = self.path / "src" / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(textwrap.dedent(code), encoding="utf-8")

    def input(self, parameter: str, format: str, content: bytes | str | None = None, *, name: str = "data") -> Path:
        """Declare an input; returns its path, to be written to if there is no content given."""
        relpath = f"in/{parameter}" + ("" if format == "directory" else f"/{name}{EXTENSIONS[format]}")
        target = self.path / relpath
        (target if format == "directory" else target.parent).mkdir(parents=True, exist_ok=True)
        if content is not None:
            target.write_bytes(content.encode() if isinstance(content, str) else content)
        self.inputs.append({"parameter": parameter, "format": format, "path": relpath})
        return target

    def input_tree(self, parameter: str, format: str, files: dict[str, bytes | str]) -> Path:
        """Declare an input of several files."""
        target = self.path / "in" / parameter
        for name, content in files.items():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            (target / name).write_bytes(content.encode() if isinstance(content, str) else content)
        self.inputs.append({"parameter": parameter, "format": format, "path": f"in/{parameter}"})
        return target

    def output(self, name: str | None, format: str) -> Path:
        """Declare an output; returns the path that it is to have."""
        relpath = f"out/{len(self.outputs)}/data{EXTENSIONS.get(format, '')}"
        self.outputs.append({"name": name, "format": format, "path": relpath})
        return self.path / relpath

    def spec(self, params: dict[str, Any] | None = None, *, function: str = "f", **changes: Any) -> dict[str, Any]:
        """The step spec."""
        document = {
            "version": 1,
            "entry_point": {"module": "etl.steps", "function": function, "path": "etl/steps.py"},
            "source_roots": ["."],
            "inputs": self.inputs,
            "outputs": self.outputs,
            "params": params or {},
            "env": {},
        }
        return {**document, **changes}

    def run(self, code: str, params: dict[str, Any] | None = None, **changes: Any) -> dict[str, Any]:
        """Run the function `f` of the code in this process; returns the result document."""
        self.source(code)
        self.forget_modules()
        self.result = _run.run_step(self.spec(params, **changes), self.path)
        return self.result

    def forget_modules(self) -> None:
        """Let the user's sources be imported anew."""
        for name, module in list(sys.modules.items()):
            if str(getattr(module, "__file__", "")).startswith(str(self.path)) or name == "etl":
                del sys.modules[name]

    def run_alone(self, code: str, params: dict[str, Any] | None = None, **changes: Any) -> dict[str, Any]:
        """Run it in a process of its own; the result also has the modules loaded and the peak memory, or the error."""
        self.source(code)
        (self.path / "step.json").write_text(json.dumps(self.spec(params, **changes)))
        program = _PROGRAM.format(lib=str(_LIB), sandbox=str(self.path))
        done = subprocess.run(
            [sys.executable, "-c", program],
            cwd=self.path / "work",
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
            capture_output=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr.decode()
        return json.loads(done.stdout.splitlines()[-1])  # type: ignore[no-any-return]
