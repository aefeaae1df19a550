"""What must hold when things go wrong, or are made to: kills, two runs at once, steps that damage what they read."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import signal
import subprocess
from pathlib import Path
from typing import List

from harness import Repository, wait_for

LARGE_BYTES = 3 << 20
"""Large enough for Pants to link the file into sandboxes instead of writing it there anew."""


def processes_with(text: str) -> List[int]:
    """The processes that hold `text` in their environment."""
    found = []
    for directory in Path("/proc").glob("[0-9]*"):
        try:
            if text.encode() in (directory / "environ").read_bytes():
                found.append(int(directory.name))
        except OSError:
            continue
    return found


def files_with(directory: Path, text: str) -> List[Path]:
    """The files below a directory that hold `text`."""
    found = []
    for path in directory.rglob("*"):
        if path.is_file() and text.encode() in path.read_bytes():
            found.append(path)
    return found


def test_a_killed_run_goes_on_where_it_was(repository: Repository, tmp_path: Path) -> None:
    gate, waiting = tmp_path / "gate", tmp_path / "waiting"
    repository.write(
        {
            "k/BUILD": f"""
                python_sources()
                dataset(name="one", format="jsonl")
                dataset(name="two", format="jsonl")
                pipeline_step(name="first", entry_point="steps.py:first", outputs=[":one"])
                pipeline_step(
                    name="second",
                    entry_point="steps.py:second",
                    inputs={{"rows": ":one"}},
                    outputs=[":two"],
                    params={{"gate": "{gate}", "waiting": "{waiting}"}},
                )
                pipeline(name="pipeline", outputs=[":two"])
            """,
            "k/steps.py": """
                import os, time
                def first() -> list: return [{"v": 1}]
                def second(rows: list, *, gate: str, waiting: str) -> list:
                    open(waiting, "w").write(str(os.getpid()))
                    while not os.path.exists(gate):
                        time.sleep(0.05)
                    return rows
            """,
        }
    )
    client = subprocess.Popen(
        repository.command("run-pipelines", "k:pipeline"),
        cwd=repository.path,
        env=repository.environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    wait_for(lambda: waiting.exists() and waiting.read_text() != "", "the second step")
    step = int(waiting.read_text())
    repository.kill_daemon(signal.SIGKILL)
    client.kill()
    client.wait()
    wait_for(lambda: not Path(f"/proc/{step}").exists(), "the end of the step that lost its server", timeout_s=20)
    waiting.unlink()

    # A step that is killed while Pants lives on fails, and only it.
    killer = subprocess.Popen(
        ["sh", "-c", f"while ! [ -s {waiting} ]; do sleep 0.1; done; kill -9 $(cat {waiting}); rm {waiting}; touch {gate}"]
    )
    killed = repository.run("k:pipeline").failed()
    killer.wait()
    resumed = repository.run("k:pipeline").succeeded()

    assert killed.sources == {"first": "local cache", "second": "ran"}
    assert killed.record["steps"][1]["failure"]["kind"] == "StepKilledError"
    assert resumed.sources == {"first": "local cache", "second": "ran"}
    assert resumed.record["datasets"][-1]["rows"] == 1


def test_two_runs_at_once_are_both_right(repository: Repository) -> None:
    repository.write(
        {
            "two/BUILD": "python_sources()\n"
            + "".join(
                f'dataset(name="d{i}", format="jsonl")\n'
                f'pipeline_step(name="s{i}", entry_point="steps.py:make", outputs=[":d{i}"], params={{"n": {i}}})\n'
                for i in range(20)
            )
            + f"pipeline(name='pipeline', outputs={[f':d{i}' for i in range(20)]})\n",
            "two/steps.py": "def make(*, n: int) -> list: return [{'v': n}] * (n + 1)\n",
        }
    )

    both = [
        subprocess.Popen(
            repository.command("run-pipelines", "--wombat-output-format=json", "two:pipeline"),
            cwd=repository.path,
            env=repository.environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        for _ in range(2)
    ]
    outputs = [process.communicate(timeout=240) for process in both]

    assert [process.returncode for process in both] == [0, 0], outputs
    records = [json.loads(stdout) for stdout, _ in outputs]
    rows = [{d["address"]: d["rows"] for d in record["datasets"]} for record in records]
    assert rows[0] == rows[1] == {f"two:d{i}": i + 1 for i in range(20)}
    assert len({record["id"] for record in records}) == 2


def test_a_step_cannot_damage_its_inputs(repository: Repository) -> None:
    original = os.urandom(LARGE_BYTES // 2).hex()
    damage = """
        import os
        from pathlib import Path
        def harm(path):
            os.chmod(path, 0o666)
            with open(path, "r+b") as file:
                file.write(b"damaged")
        def step(data: Path) -> str:
            harm(data)
            return "done"
        def check(data: bytes, after: str) -> str:
            import hashlib
            return hashlib.sha256(data).hexdigest()
    """
    repository.write(
        {
            "harm/BUILD": """
                python_sources()
                dataset(name="data", source="data.txt")
                dataset(name="after", format="text")
                dataset(name="after_program", format="text")
                dataset(name="sum", format="text")
                pipeline_step(name="harm_step", entry_point="steps.py:step", inputs=[":data"], outputs=[":after"])
                shell_command(
                    name="harm_program",
                    command='chmod 666 "$WOMBAT_INPUT_DATA"; echo x >> "$WOMBAT_INPUT_DATA"; echo done > "$WOMBAT_OUTPUT_AFTER"',
                    tools=["chmod"],
                )
                pipeline_step(name="run_harm", run=":harm_program", inputs=[":data"], outputs={"after": ":after_program"})
                pipeline_step(
                    name="check",
                    entry_point="steps.py:check",
                    inputs={"data": ":data", "after": ":after"},
                    outputs=[":sum"],
                )
                pipeline(name="harmed", outputs=[":after", ":after_program"])
                pipeline(name="pipeline", outputs=[":sum"])
            """,
            "harm/steps.py": damage,
            "harm/data.txt": original,
        }
    )

    repository.run("harm:harmed").succeeded()
    repository.run("harm:pipeline").succeeded()
    repository.pants("package", "harm:sum", "harm:data").succeeded()

    expected = hashlib.sha256(original.encode()).hexdigest()
    assert (repository.path / "dist/harm/sum.txt").read_text().strip() == expected
    assert hashlib.sha256((repository.path / "dist/harm/data.txt").read_bytes()).hexdigest() == expected


def test_secrets_reach_the_step_and_nothing_else(repository: Repository) -> None:
    secret = "s3cr3t-" + "abcdefgh" * 3
    repository.write(
        {
            "s/BUILD": """
                python_sources()
                dataset(name="out", format="text")
                pipeline_step(
                    name="ask", entry_point="steps.py:ask", outputs=[":out"], extra_env_vars=["API_TOKEN", "REGION=eu"]
                )
            """,
            "s/steps.py": """
                import hashlib, os, sys
                def ask() -> str:
                    print("token", os.environ["API_TOKEN"], flush=True)
                    print("token", os.environ["API_TOKEN"], file=sys.stderr)
                    return os.environ["REGION"] + hashlib.sha256(os.environ["API_TOKEN"].encode()).hexdigest()
            """,
        }
    )
    shown = ["--wombat-show-logs=all", "--wombat-output-format=text"]

    without = repository.pants("run", "s:ask")
    # The level at which Pants logs whole processes, with their environments.
    debugged = repository.pants("-ldebug", "--no-pantsd", "run", "s:ask", env={"API_TOKEN": "wrong-" + secret})
    first = repository.pants("run", *shown, "s:ask", env={"API_TOKEN": secret}).succeeded()
    other = repository.pants("run", "--wombat-output-format=json", "s:ask", env={"API_TOKEN": "another"}).succeeded()
    repository.pants("package", "s:out", env={"API_TOKEN": secret}).succeeded()

    without.failed("s:ask", "API_TOKEN", "export API_TOKEN=")
    assert "token ***" in first.text
    # The value is no part of the key: another one gets the same result.
    assert other.record["steps"][0]["source"] != "ran"
    assert (repository.path / "dist/s/out.txt").read_text().strip() == "eu" + hashlib.sha256(("wrong-" + secret).encode()).hexdigest()
    assert secret not in first.text
    assert "WOMBAT_LIMITS_" in debugged.text
    assert secret not in debugged.succeeded().text
    assert base64.b64encode(secret.encode()).decode()[4:-4] not in debugged.text
    assert files_with(repository.path, secret) == []
    assert files_with(repository.store, secret) == []


def test_retries_timeouts_and_uncached_steps(repository: Repository, tmp_path: Path) -> None:
    count = tmp_path / "count"
    repository.write(
        {
            "r/BUILD": f"""
                python_sources()
                dataset(name="a", format="text")
                dataset(name="b", format="text")
                dataset(name="c", format="text")
                pipeline_step(
                    name="flaky",
                    entry_point="steps.py:flaky",
                    outputs=[":a"],
                    params={{"count": "{count}"}},
                    retries=2,
                )
                pipeline_step(name="always", entry_point="steps.py:always", outputs=[":b"], cache=False)
                pipeline_step(name="after", entry_point="steps.py:after", inputs=[":b"], outputs=[":c"])
                pipeline(name="pipeline", outputs=[":a", ":c"])
            """,
            "r/steps.py": """
                import os
                def flaky(*, count: str) -> str:
                    with open(count, "a") as file:
                        file.write("x")
                    assert not os.path.exists("left"), "an attempt sees what the one before left"
                    open("left", "w").close()
                    if os.path.getsize(count) < 3:
                        raise ConnectionError("not yet")
                    return "at last"
                def always() -> str: return "same"
                def after(b: str) -> str: return b
            """,
        }
    )

    first = repository.run("r:pipeline").succeeded()
    second = repository.run("r:pipeline").succeeded()
    build = (repository.path / "r/BUILD").read_text()
    (repository.path / "r/BUILD").write_text(build.replace("retries=2", "retries=5, timeout_s=9, resources={'cpu': '2'}"))
    third = repository.run("r:pipeline").succeeded()

    assert count.read_text() == "xxx"
    assert first.ran == ["after", "always", "flaky"]
    assert second.ran == ["always"]
    # What bounds a step is no part of its key.
    assert third.ran == ["always"]


def test_a_comment_in_the_plugin_runs_nothing_again(repository: Repository, plugins: Path) -> None:
    repository.write(
        {
            "c/BUILD": """
                python_sources()
                dataset(name="out", format="text")
                pipeline_step(name="s", entry_point="steps.py:s", outputs=[":out"])
                pipeline(name="pipeline", outputs=[":out"])
            """,
            "c/steps.py": "def s() -> str: return 'x'\n",
        }
    )
    repository.run("c:pipeline").succeeded()
    started_by = ("wombat/rules/build.py", "wombat/enter_venv.py", "wombat/warm_server.py")
    for module in (*started_by, "wombat_step/_run.py", "wombat_step/_supervise.py"):
        source = (plugins / module).read_text()
        (plugins / module).write_text(re.sub(r"\n\n\n", "\n\n\n# A new comment.\n\n\n", source) + "\n# The last one.\n")
    repository.kill_daemon()

    again = repository.run("c:pipeline").succeeded()

    assert again.sources == {"s": "local cache"}
