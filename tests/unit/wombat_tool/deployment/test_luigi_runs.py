"""Modules of Luigi, run by the real Luigi: with a program in the place of Pants that notes how it is called."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from deployment_plans import Step, rendered
from lock_environments import environment_of_lock, file_above
from stand_in_pants import StandIn
from wombat_tool.deployment.luigi_text import TAKEN_NAMES

PATH = "shop/deploy/deploy_luigi.py"
STEPS = {"granularity": "step"}
TARGETS = ["shop:clean", "shop:report", "shop:train", "shop:publish", "shop:pipeline"]
HOSTILE = "a'b\"c\\d$(touch hacked)`touch hacked`\n{{ x }} é \u2028 %(x)s ${HOME} #"


@pytest.fixture(scope="session")
def luigi(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Python with Luigi."""
    return environment_of_lock("3rdparty/tools/luigi.lock", tmp_path_factory.mktemp("luigi") / "venv")


class Checkout:
    """A checkout with a module of Luigi and a stand-in for Pants."""

    def __init__(self, path: Path, luigi: Path) -> None:
        path.mkdir()
        self.path, self._luigi = path, luigi
        self.pants = StandIn(path)

    def generate(self, settings: Mapping[str, Any], **options: Any) -> None:
        """Write the module."""
        for file, text in rendered("luigi_module", settings, **options).items():
            (self.path / file).parent.mkdir(parents=True, exist_ok=True)
            (self.path / file).write_text(text)

    def command(self, *arguments: str) -> list[str]:
        """The command that the module itself tells."""
        told = re.search(r"^# In the root of the repository:\n#   (.+)$", (self.path / PATH).read_text(), re.MULTILINE)
        assert told is not None
        python, *words = shlex.split(told[1])
        assert python == "python"
        return [str(self._luigi), *words, *arguments]

    def run(self, *arguments: str, timeout_s: float = 60, **variables: str) -> subprocess.CompletedProcess[str]:
        """Start Luigi and wait for it."""
        environment = {**os.environ, "PYTHONPATH": "", **variables}
        return subprocess.run(
            self.command(*arguments), cwd=self.path, env=environment, capture_output=True, text=True, timeout=timeout_s
        )

    @property
    def targets(self) -> list[str]:
        """The targets that Pants was to run since the last look, in their order."""
        targets = [call.target for call in self.pants.calls]
        self.pants.forget()
        return targets


@pytest.fixture
def checkout(tmp_path: Path, luigi: Path) -> Checkout:
    """A checkout for one test."""
    return Checkout(tmp_path / "check out", luigi)


def test_every_target_is_run_in_its_order(checkout: Checkout) -> None:
    checkout.generate(STEPS)

    run = checkout.run()

    assert run.returncode == 0, run.stderr
    (call, *_) = checkout.pants.calls
    assert Path(call.directory) == checkout.path
    assert call.environment["PANTS_PANTSD"] == "false" and call.environment["PANTS_WOMBAT_ENVIRONMENT"] == "production"
    targets = checkout.targets
    assert targets[:1] + sorted(targets[1:3]) + targets[3:] == TARGETS


def test_each_start_asks_pants_for_everything_again(checkout: Checkout) -> None:
    checkout.generate({})
    checkout.run()

    run = checkout.run()

    assert run.returncode == 0, run.stderr
    assert checkout.targets == ["shop:pipeline"] * 2


def test_a_run_that_failed_goes_on_under_its_name(checkout: Checkout) -> None:
    checkout.generate(STEPS)
    checkout.pants.behave("shop:train", "1")

    failed = checkout.run("--run-id", "2026/01/01 ../x")

    assert failed.returncode == 1, failed.stderr
    assert "Exit code 1 of Pants: shop:train" in failed.stderr
    assert sorted(checkout.targets) == ["shop:clean", "shop:report", "shop:train"]
    assert checkout.run("--run-id", "2026/01/01 ../x").returncode == 0
    assert checkout.targets == ["shop:train", "shop:publish", "shop:pipeline"]
    assert checkout.run("--run-id", "2026/01/01 ../x").returncode == 0
    assert checkout.targets == []
    outside = [path for path in checkout.path.iterdir() if path.name not in (".wombat", "shop", "pants")]
    assert outside == []


def test_a_task_of_somebody_else_can_need_a_generated_one(checkout: Checkout, luigi: Path) -> None:
    checkout.generate({})
    (checkout.path / "shop/deploy/mine.py").write_text(
        "import luigi\n"
        "from deploy_luigi import Pipeline\n"
        "class Send(luigi.Task):\n"
        "    day = luigi.DateParameter()\n"
        "    def requires(self):\n"
        "        return Pipeline(run_id=self.day.isoformat())\n"
        "    def run(self):\n"
        "        print('sent')\n"
    )
    command = [str(luigi), "-m", "luigi", "--module", "mine", "Send", "--day", "2026-03-01", "--local-scheduler"]
    environment = {**os.environ, "PYTHONPATH": "shop/deploy"}

    printed = [
        subprocess.run(command, cwd=checkout.path, env=environment, capture_output=True, text=True).stdout for _ in range(2)
    ]

    assert printed == ["sent\n", "sent\n"]
    assert checkout.targets == ["shop:pipeline"]


def test_parallel_workers_run_what_is_independent(checkout: Checkout) -> None:
    checkout.generate(STEPS)

    run = checkout.run("--workers", "2")

    assert run.returncode == 0, run.stderr
    assert sorted(checkout.targets) == sorted(TARGETS)


def test_parameters_keep_their_types(checkout: Checkout) -> None:
    params = {
        "text": "north",
        "digits": "007",
        "whole": 80,
        "real": 0.5,
        "switch": False,
        "listed": [1, "a", {"b": [2]}],
        "table": {"a": [1, {"b": 2}]},
        "nothing": None,
    }
    step = Step("load", params=params)
    checkout.generate({"parameters": {f"set_{name}": f"load.{name}" for name in params}}, steps=[step])

    first = checkout.run()
    arguments = ["--set-text", "1e3", "--set-whole", "7", "--set-real", "2", "--set-switch", "true"]
    arguments += ["--set-listed", "[2]", "--set-table", '{"c": {"d": 1}}', "--set-nothing", '"x"']
    second = checkout.run(*arguments)

    assert (first.returncode, second.returncode) == (0, 0), first.stderr + second.stderr
    defaults, given = (call.overrides for call in checkout.pants.calls)
    assert defaults == {f"shop:load.{name}": value for name, value in params.items()}
    assert given == {
        "shop:load.text": "1e3",
        "shop:load.digits": "007",
        "shop:load.whole": 7,
        "shop:load.real": 2.0,
        "shop:load.switch": True,
        "shop:load.listed": [2],
        "shop:load.table": {"c": {"d": 1}},
        "shop:load.nothing": "x",
    }
    assert all(type(given[name]) is type(value) for name, value in defaults.items() if value is not None)


def test_hostile_values_arrive_as_they_are(checkout: Checkout) -> None:
    step = Step("load", params={"region": HOSTILE})
    checkout.generate({"env_vars": {"A": HOSTILE}, "parameters": {"region": "load.region"}}, steps=[step])

    first, second = checkout.run(), checkout.run("--region", f"{HOSTILE}!")

    assert (first.returncode, second.returncode) == (0, 0), first.stderr + second.stderr
    calls = checkout.pants.calls
    assert [call.overrides["shop:load.region"] for call in calls] == [HOSTILE, f"{HOSTILE}!"]
    assert [call.environment["A"] for call in calls] == [HOSTILE, HOSTILE]
    assert not list(checkout.path.rglob("hacked"))


def test_secrets_come_from_where_they_are_kept(checkout: Checkout, tmp_path: Path) -> None:
    (tmp_path / "password").write_text("se cret\n")
    (tmp_path / "token").write_text("to ken")
    checkout.generate(
        {
            "secrets": {"DB_PASSWORD": str(tmp_path / "password"), "DB_USER": "$SHOP_USER"},
            "remote_cache": "$CACHE",
            "remote_cache_token": "$TOKEN_FILE",
        }
    )

    run = checkout.run(SHOP_USER="me", CACHE="grpc://127.0.0.1:1", TOKEN_FILE=str(tmp_path / "token"))

    assert run.returncode == 0, run.stderr
    (call,) = checkout.pants.calls
    assert (call.environment["DB_PASSWORD"], call.environment["DB_USER"]) == ("se cret", "me")
    assert call.environment["PANTS_REMOTE_STORE_ADDRESS"] == "grpc://127.0.0.1:1"
    assert call.token == "to ken"
    assert "se cret" not in (checkout.path / PATH).read_text() + run.stderr


def test_a_secret_that_is_not_there_fails_the_task(checkout: Checkout) -> None:
    checkout.generate({"secrets": {"DB_USER": "$SHOP_USER"}})

    run = checkout.run()

    assert run.returncode == 1
    assert "Luigi has no environment variable SHOP_USER." in run.stderr
    assert checkout.targets == []


def test_a_task_that_failed_is_tried_again(checkout: Checkout) -> None:
    checkout.generate({"retries": 2})
    checkout.pants.behave("shop:pipeline", "1", "1")

    run = checkout.run("--scheduler-retry-delay", "0")

    assert run.returncode == 0, run.stderr
    assert checkout.targets == ["shop:pipeline"] * 3


def test_a_task_is_not_tried_more_often_than_asked_for(checkout: Checkout) -> None:
    checkout.generate({"retries": 1})
    checkout.pants.behave("shop:pipeline", "1", "1", "1", "1")

    run = checkout.run("--scheduler-retry-delay", "0")

    assert run.returncode == 1
    assert checkout.targets == ["shop:pipeline"] * 2


def test_when_time_is_up_nothing_goes_on(checkout: Checkout) -> None:
    checkout.generate({"timeout_s": 2})
    checkout.pants.behave("shop:pipeline", "hang")

    run = checkout.run()

    assert run.returncode == 1
    assert "timed out after 2 seconds" in run.stderr
    processes = checkout.pants.hanging
    assert len(processes) == 2
    _wait_until_gone(processes)


def test_when_luigi_is_interrupted_nothing_goes_on(checkout: Checkout) -> None:
    checkout.generate({})
    checkout.pants.behave("shop:pipeline", "hang")
    luigi = subprocess.Popen(
        checkout.command(), cwd=checkout.path, env={**os.environ, "PYTHONPATH": ""}, stderr=subprocess.PIPE
    )
    deadline = time.monotonic() + 30
    while len(checkout.pants.hanging) < 2:
        assert time.monotonic() < deadline and luigi.poll() is None
        time.sleep(0.05)

    luigi.send_signal(2)
    luigi.communicate(timeout=30)

    _wait_until_gone(checkout.pants.hanging)


def _wait_until_gone(processes: tuple[int, ...]) -> None:
    deadline = time.monotonic() + 10
    while any(_runs(pid) for pid in processes):
        assert time.monotonic() < deadline, processes
        time.sleep(0.05)


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
        # What nobody waits for, as in a container, is a zombie.
        return "Z" not in subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True).stdout
    except ProcessLookupError:
        return False


@pytest.mark.parametrize(("name", "count"), [("flights_pipeline_luigi", 1), ("flights_step_luigi", 13)])
def test_luigi_reads_the_modules_of_the_example(luigi: Path, name: str, count: int) -> None:
    walk = "def walk(task): return {task.task_id}.union(*map(walk, task.requires()))"
    script = f"import {name}\n{walk}\nprint(len(walk({name}.Pipeline())))"
    directory = file_above("examples/flights/deploy/luigi")

    printed = subprocess.run([str(luigi), "-B", "-c", script], cwd=directory, capture_output=True, text=True)

    assert printed.stdout == f"{count}\n", printed.stderr


def test_a_module_that_luigi_cannot_read_is_refused(checkout: Checkout) -> None:
    checkout.generate(STEPS)
    file = checkout.path / PATH
    good = file.read_text()
    file.write_text(good.replace("self.clone(Clean)", "self.clone(Clearn)"))

    run = checkout.run()

    assert run.returncode != 0
    assert "NameError: name 'Clearn' is not defined" in run.stderr


def test_names_that_tasks_have_are_known(luigi: Path) -> None:
    names = "import luigi; print(*(name for name in {*dir(luigi.Task), *vars(luigi.Task())} if name[0] != '_'))"
    printed = subprocess.run([str(luigi), "-c", names], capture_output=True, text=True, check=True).stdout.split()

    assert len(printed) > 40
    assert set(printed) - TAKEN_NAMES == set()
