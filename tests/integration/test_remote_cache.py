"""The remote cache as the store that machines share: what one has made no other makes again, whatever the server does.

The server is a real one, behind a proxy that can be slow, broken or closed.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Dict, Iterator, List, Mapping, Sequence

import pytest

from harness import Repository, Result, file_above, name_of, source_directory, wait_for
from remote_cache import Casd, Proxy, Way

DELAY_S = 0.1
"""How far away a slow server is: further than any of the steps takes to run."""
STEPS = ["count", "shout", "split", "total", "write"]
BLOB = b"\0\1" * 400_000
"""An output of its own file in the store, since it is large."""

FILES = {
    "p/BUILD": """
        python_sources()
        python_requirement(name="threadpoolctl", requirements=["threadpoolctl"])
        dataset(name="orders", source="orders.csv")
        dataset(name="by_shop", format="jsonl")
        dataset(name="parts", format="directory")
        dataset(name="totals", format="json")
        dataset(name="report", format="text")
        dataset(name="blob", format="file")
        dataset(name="shouted", format="text")
        pipeline_step(
            name="count", entry_point="steps.py:count", inputs=[":orders"], outputs=[":by_shop"], params={"salt": 0}
        )
        pipeline_step(name="split", entry_point="steps.py:split", inputs=[":by_shop"], outputs=[":parts"])
        pipeline_step(
            name="total",
            entry_point="steps.py:total",
            inputs=[":by_shop"],
            outputs=[":totals"],
            params={"salt": 0, "gate": "", "waiting": ""},
        )
        pipeline_step(
            name="write",
            entry_point="steps.py:write",
            inputs=[":parts", ":totals"],
            outputs=[":report", ":blob"],
            params={"salt": 0, "noise": 0},
        )
        shell_command(
            name="upper",
            command='tr a-z A-Z < "$WOMBAT_INPUT_REPORT" > "$WOMBAT_OUTPUT_SHOUTED"',
            tools=["tr"],
        )
        pipeline_step(name="shout", run=":upper", inputs=[":report"], outputs=[":shouted"])
        pipeline(name="pipeline", outputs=[":parts", ":blob", ":shouted"])
    """,
    "p/orders.csv": "shop,cups\nnorth,3\nsouth,1\nnorth,2\n",
    "p/steps.py": """
        import os, threadpoolctl, time
        from pathlib import Path
        from typing import Tuple
        from wombat_step import OutputPath

        def count(orders: list, *, salt: int) -> list:
            shops = sorted({order["shop"] for order in orders})
            return [{"shop": s, "cups": sum(int(o["cups"]) for o in orders if o["shop"] == s)} for s in shops]

        def split(by_shop: list, *, parts: OutputPath) -> None:
            for row in by_shop:
                part = parts / f"shop={row['shop']}" / "cups.txt"
                part.parent.mkdir(parents=True)
                part.write_text(str(row["cups"]))

        def total(by_shop: list, *, salt: int, gate: str, waiting: str) -> dict:
            if gate:
                Path(waiting).touch()
                while not os.path.exists(gate):
                    time.sleep(0.05)
            return {"cups": sum(row["cups"] for row in by_shop)}

        def write(parts: Path, totals: dict, *, salt: int, noise: int) -> Tuple[str, bytes]:
            names = sorted(str(path.relative_to(parts)) for path in parts.rglob("*.txt"))
            return f"{totals['cups']} cups in {', '.join(names)}\\n", b"\\0\\1" * 400_000 + os.urandom(noise)
    """,
}
DELIVERED = {
    "p/blob": BLOB,
    "p/parts/shop=north/cups.txt": b"5",
    "p/parts/shop=south/cups.txt": b"1",
    "p/shouted.txt": b"6 CUPS IN SHOP=NORTH/CUPS.TXT, SHOP=SOUTH/CUPS.TXT\n",
}


@dataclass(frozen=True)
class Machine:
    """A machine, as far as Pants can tell: its own directories, user and variables.

    :param prefix: what its commands are started by.
    """

    repository: Repository
    variables: Mapping[str, str]
    prefix: Sequence[str] = ()

    def pants(self, *arguments: str, **more: str) -> Result:
        """Run Pants on it."""
        finished = subprocess.run(
            [*self.prefix, *self.repository.command(*arguments)],
            cwd=self.repository.path,
            env=self.repository.environment({**self.variables, **more}),
            capture_output=True,
            text=True,
            errors="replace",
            timeout=300,
        )
        return Result(finished.returncode, finished.stdout, finished.stderr)

    def run(self, *overrides: str, **more: str) -> Result:
        """Run the pipeline, with the run record as the result's JSON."""
        arguments = ["--wombat-output-format=json", "run-pipelines", "p:pipeline"]
        return self.pants(*arguments, *(["--", *overrides] if overrides else []), **more)

    def delivered(self) -> Dict[str, bytes]:
        """What packaging the pipeline writes."""
        self.pants("package", "p:pipeline").succeeded()
        dist = self.repository.path / "dist"
        return {str(path.relative_to(dist)): path.read_bytes() for path in dist.rglob("*") if path.is_file()}


def versions(result: Result) -> Dict[str, str]:
    """The version of each dataset."""
    return {dataset["address"]: dataset["version"] for dataset in result.record["datasets"]}


@pytest.fixture(scope="module")
def way(server: Casd) -> Iterator[Proxy]:
    """The way to the server."""
    proxy = Proxy(server.port, delay_s=DELAY_S)
    yield proxy
    proxy.close()


@pytest.fixture(autouse=True)
def all_is_well(server: Casd, way: Proxy) -> Iterator[None]:
    """Whatever a test did to the server, the next one finds it up."""
    yield
    way.way = Way.OPEN
    server.kill()
    server.start()


def repository_at(directory: Path, name: str) -> Repository:
    """A checkout, with a copy of the plugin of its own."""
    plugins = directory / "plugins"
    for package in ("wombat", "wombat_step", "wombat_tool"):
        ignore = shutil.ignore_patterns("__pycache__")
        shutil.copytree(source_directory(package) / package, plugins / package, ignore=ignore)
    repository = Repository(directory / name, plugins=plugins, store=directory / "store")
    lock = re.search(r"(?ms)^threadpoolctl==.*?(?=^\S|\Z)", file_above("3rdparty/python/examples.lock").read_text())
    assert lock is not None
    (repository.path / "3rdparty/requirements.lock").write_text(lock.group())
    repository.write(FILES)
    return repository


@pytest.fixture(scope="module")
def first(way: Proxy, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    """A machine of CI, which writes: with the repository's own `pants.ci.toml`."""
    repository = repository_at(tmp_path_factory.mktemp("first"), "checkout")
    shutil.copy(file_above("pants.ci.toml"), repository.path)
    variables = {
        "PANTS_CONFIG_FILES": "pants.ci.toml",
        # Several calls of Pants.
        "PANTS_PANTSD": "true",
        "WOMBAT_REMOTE_CACHE": f"grpc://127.0.0.1:{way.port}",
        "WOMBAT_REMOTE_CACHE_INSTANCE": "",
        "WOMBAT_REMOTE_CACHE_TOKEN_FILE": "",
    }
    yield Machine(repository, variables)
    repository.kill_daemon()


@pytest.fixture(scope="module")
def first_run(first: Machine) -> Result:
    """The run that fills the cache."""
    return first.run().succeeded()


def as_another_user() -> List[str]:
    """What starts a command under another number of user and group, where this system lets us."""
    prefix = ["unshare", "--user", "--map-user=54321", "--map-group=54321"]
    try:
        can = subprocess.run([*prefix, "true"], capture_output=True).returncode == 0
    except OSError:
        can = False
    return prefix if can else []


@pytest.fixture(scope="module")
def second(way: Proxy, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    """Somebody's own machine, which only reads: with the lines that the how-to page has for people."""
    base = tmp_path_factory.mktemp("second")
    repository = repository_at(base, "elsewhere")
    page = file_above("docs/how-to/share-results-by-a-remote-cache.md").read_text()
    lines = re.search(r"(?ms)^```toml\n(# \.pants\.rc\n.*?)^```$", page)
    assert lines is not None
    (repository.path / ".pants.rc").write_text(lines.group(1))
    home = base / "home"
    home.mkdir()
    caches = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    variables = {
        "HOME": str(home),
        "LOGNAME": "somebody",
        "PATH": f"{home}/bin:{os.environ['PATH']}",
        "PYENV_ROOT": os.environ.get("PYENV_ROOT", str(Path.home() / ".pyenv")),
        "USER": "somebody",
        # Pants itself need not be installed again.
        "WOMBAT_CACHE_DIR": os.environ.get("WOMBAT_CACHE_DIR", str(caches / "wombat")),
        "WOMBAT_REMOTE_CACHE": f"grpc://127.0.0.1:{way.port}",
        "XDG_CACHE_HOME": str(home / "cache"),
    }
    yield Machine(repository, variables, as_another_user())
    repository.kill_daemon()


def test_another_machine_runs_none_of_the_steps(
    first_run: Result, first: Machine, second: Machine, server: Casd, way: Proxy
) -> None:
    made = first.delivered()
    kept = server.results()
    way.way = Way.SLOW

    run = second.run().succeeded()

    assert first_run.ran == STEPS and "remote cache" not in first_run.stderr
    assert run.sources == dict.fromkeys(STEPS, "remote cache")
    assert "differs" not in first_run.stderr + run.stderr
    assert versions(run) == versions(first_run)
    assert second.delivered() == made == DELIVERED
    assert server.results() == kept, "who only reads must not write"


def test_a_server_that_lost_data_costs_no_more_than_running_the_step(
    first_run: Result, first: Machine, second: Machine, server: Casd
) -> None:
    second.repository.kill_daemon()
    shutil.rmtree(second.repository.store)
    server.lose(hashlib.sha256(BLOB).hexdigest())
    # As somebody does who keeps the run records of CI, to see what differs.
    shutil.copytree(first.repository.path / ".wombat/runs", second.repository.path / "ci-runs")

    run = second.run(PANTS_WOMBAT_EXPLAIN="true", PANTS_WOMBAT_RUNS_DIR="ci-runs").succeeded()

    assert run.sources == {**dict.fromkeys(STEPS, "remote cache"), "write": "ran"}
    because = {name_of(step["address"]): step.get("because") for step in run.record["steps"]}
    assert because["write"] == ["nothing that it reads changed; its result was no longer in the cache"]
    assert versions(run) == versions(first_run)
    assert "differs" not in run.stderr, "a machine that is like the other one"
    assert second.delivered() == DELIVERED


def test_a_machine_that_differs_is_told_what_makes_it_equal(
    first_run: Result, second: Machine, server: Casd, tmp_path: Path
) -> None:
    kept = server.results()
    # The same Python elsewhere, and the same tool.
    here = Path(next(iter(first_run.record["code"].values()))["interpreter"])
    there = tmp_path / "python"
    (there / "bin").mkdir(parents=True)
    shutil.copy(here, there / "bin")
    (there / "lib").symlink_to(here.parent.parent / "lib")
    tools = tmp_path / "tools"
    tools.mkdir()
    (tools / "tr").symlink_to("/usr/bin/tr")

    run = second.run(
        PANTS_PYTHON_BOOTSTRAP_SEARCH_PATH=f"['{there}/bin']",
        PANTS_SHELL_SETUP_EXECUTABLE_SEARCH_PATHS=f"['{tools}', '/usr/bin', '/bin']",
    ).succeeded()

    assert run.ran == STEPS
    assert versions(run) == versions(first_run)
    assert "p:count, p:shout, p:split and 2 more" in run.stderr
    assert f"{here} there, {there}/bin/{here.name} here; set [python-bootstrap].search_path alike" in run.stderr
    assert "set [shell-setup].executable_search_paths alike" in run.stderr
    assert server.results() == kept, "who only reads must not write"


@pytest.mark.parametrize("fault", [Way.GARBAGE, Way.CLOSED])
def test_a_broken_way_to_the_server_costs_a_warning(fault: Way, first_run: Result, first: Machine, way: Proxy) -> None:
    salt = list(Way).index(fault)
    way.way = fault

    broken = first.run(f"count.salt={salt}", f"total.salt={salt}", f"write.salt={salt}").succeeded()

    assert broken.ran == ["count", "total", "write"]
    assert versions(broken) == versions(first_run)
    assert "Failed to read from remote cache" in broken.stderr
    assert re.search(r"3 of 3 results did not reach the remote cache.* 3 could not be sent", broken.stderr)


def test_a_server_that_is_killed_in_the_middle_costs_a_warning(
    first_run: Result, first: Machine, server: Casd, tmp_path: Path
) -> None:
    gate, waiting = tmp_path / "gate", tmp_path / "waiting"
    overrides = ["count.salt=11", f"total.gate={gate}", f"total.waiting={waiting}", "write.salt=11"]
    command = first.repository.command("--wombat-output-format=json", "run-pipelines", "p:pipeline", "--", *overrides)
    environment = first.repository.environment(first.variables)

    process = subprocess.Popen(
        command, cwd=first.repository.path, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    wait_for(waiting.exists, "the step in the middle")
    server.kill()
    gate.touch()
    stdout, stderr = process.communicate(timeout=240)
    server.start()
    after = first.run("count.salt=12").succeeded()

    killed = Result(process.returncode, stdout, stderr).succeeded()
    assert killed.ran == ["count", "total", "write"]
    assert versions(killed) == versions(first_run)
    assert "did not reach the remote cache" in killed.stderr
    assert after.ran == ["count"] and "remote cache" not in after.stderr


def test_uploads_that_do_not_arrive_in_time_are_told_of(first_run: Result, first: Machine, server: Casd, way: Proxy) -> None:
    impatient = {"PANTS_SESSION_END_TASKS_TIMEOUT": "0.01"}
    # One start for both: it takes longer than all the rest.
    first.repository.kill_daemon()
    server.kill()

    down = first.run("write.salt=21", **impatient).succeeded()
    server.start()
    way.way = Way.SLOW
    dropped = first.run("write.noise=9000000", **impatient).succeeded()

    assert down.ran == ["write"], "a server that is down from the start"
    assert versions(down) == versions(first_run)
    assert "1 of 1 results did not reach the remote cache" in down.stderr
    assert "write" in dropped.ran
    assert re.search(r"results did not reach the remote cache.*session_end_tasks_timeout = 0\.01 seconds", dropped.stderr)
