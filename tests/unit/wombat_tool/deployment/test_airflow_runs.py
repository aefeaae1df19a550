"""DAGs of Airflow, read and run by the real Airflow: with a program in the place of Pants that notes how it is called."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deployment_plans import Step, rendered, wide_and_deep
from lock_environments import environment_of_lock, file_above
from stand_in_pants import Call, StandIn
from wombat_tool.deployment.airflow_values import plain_template

STEPS = {"granularity": "step", "group_chains": False}
HOSTILE = "a'b\"c\\d$(touch hacked)`touch hacked`\r\n{{ 7 * 7 }}{% raw %}{# é \u2028 ${HOME} #\n"

# Airflow takes seconds to start, so that one process answers all questions: a line of JSON each.
ANSWER = """
import json, os, sys, traceback

answers = os.fdopen(os.dup(1), "w")
# Airflow logs to it.
os.dup2(2, 1)

from airflow.dag_processing.dagbag import DagBag
from airflow.sdk.execution_time.context import ConnectionAccessor, VariableAccessor
from jinja2.sandbox import SandboxedEnvironment


def read(directory):
    sys.path.insert(0, directory)
    bag = DagBag(directory)
    errors = {str(file).rpartition("/")[2]: text.strip().splitlines()[-1] for file, text in bag.import_errors.items()}
    return {"dags": {dag.dag_id: described(dag) for dag in bag.dags.values()}, "errors": errors}


def described(dag):
    return {
        "cron": getattr(dag.timetable, "_expression", None),
        "time_zone": getattr(getattr(dag.timetable, "_timezone", None), "name", None),
        "start": dag.start_date.isoformat(),
        "catchup": dag.catchup,
        "max_active_runs": dag.max_active_runs,
        "max_active_tasks": dag.max_active_tasks,
        "timeout_s": dag.dagrun_timeout and dag.dagrun_timeout.total_seconds(),
        "tags": sorted(dag.tags),
        "params": dag.params.dump(),
        "callbacks": [getattr(one, "__name__", None) or [type(one).__name__, one.to] for one in dag.on_failure_callback or []],
        "tasks": {
            task.task_id: {
                "after": sorted(task.upstream_task_ids),
                "retries": task.retries,
                "retry_delay_s": task.retry_delay.total_seconds(),
                "timeout_s": task.execution_timeout and task.execution_timeout.total_seconds(),
                "pool": task.pool,
                "queue": task.queue,
                "owner": task.owner,
                "weight": task.priority_weight,
            }
            for task in dag.tasks
        },
    }


def run(file, params, variables):
    kept = dict(os.environ)
    os.environ.update(variables)
    try:
        bag = DagBag(file)
        assert not bag.import_errors, bag.import_errors
        (dag,) = bag.dags.values()
        for name, value in params.items():
            dag.params[name] = value
        dag.params.validate()
        context = {
            "params": dag.params.dump(),
            "var": {"value": VariableAccessor(deserialize_json=False)},
            "conn": ConnectionAccessor(),
        }
        for task in dag.topological_sort():
            task.render_template_fields(context)
            task.execute(context)
    finally:
        os.environ.clear()
        os.environ.update(kept)


def render(template):
    return SandboxedEnvironment(cache_size=0).from_string(template).render()


for line in sys.stdin:
    name, arguments = json.loads(line)
    try:
        answer = [globals()[name](*arguments), None]
    except Exception:
        answer = [None, traceback.format_exc()]
    print(json.dumps(answer), file=answers, flush=True)
"""


class Airflow:
    """An Airflow, with a home of its own."""

    def __init__(self, python: Path, home: Path) -> None:
        variables = {"AIRFLOW_HOME": str(home), "AIRFLOW__CORE__LOAD_EXAMPLES": "False", "PYTHONPATH": ""}
        self._process = subprocess.Popen(
            [str(python), "-c", ANSWER],
            env={**os.environ, **variables},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )

    def ask(self, function: str, *arguments: Any) -> Any:
        """What one of the functions above returns."""
        answer, error = self.try_to(function, *arguments)
        assert error is None, error
        return answer

    def try_to(self, function: str, *arguments: Any) -> tuple[Any, str | None]:
        """What one of the functions above returns, and how it failed."""
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(json.dumps([function, arguments]) + "\n")
        self._process.stdin.flush()
        answer, error = json.loads(self._process.stdout.readline())
        return answer, error

    def end(self) -> None:
        """End the process."""
        self._process.communicate(timeout=30)


@pytest.fixture(scope="session")
def airflow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Airflow]:
    """The Airflow of the lock file."""
    base = tmp_path_factory.mktemp("airflow")
    airflow = Airflow(environment_of_lock("3rdparty/tools/airflow.lock", base / "venv"), base / "home")
    yield airflow
    airflow.end()


def write(directory: Path, settings: Mapping[str, Any], **options: Any) -> Path:
    """Generate a DAG below a directory; gives its file."""
    ((path, text),) = rendered("airflow_dag", settings, **options).items()
    (directory / path).parent.mkdir(parents=True, exist_ok=True)
    (directory / path).write_text(text)
    return directory / path


RICH = {
    **STEPS,
    "parameters": {"max_iter": "train.max_iter", "region": "load.region", "items": "train.deep"},
    "retries": 2,
    "retry_delay_s": 60,
    "timeout_s": 600,
    "run_timeout_s": 3600,
    "timezone": "Europe/Berlin",
    "start_date": "2026-03-01",
    "catchup": True,
    "max_active_runs": 3,
    "max_active_tasks": 4,
    "pool": "pants",
    "queue": "monorepo",
    "owner": "team",
    "dag_tags": ["b", "a"],
    "notify_emails": ["a@example.org"],
    "on_failure_callback": "company.alerts.page",
    "remote_cache": "$cache_address",
    "remote_cache_token": "{{ var.value.cache_token }}",
    "patch": {
        "dag": {"params": {"max_iter": {"maximum": 500}}, "default_args": {"max_retry_delay": 120}},
        "tasks": {"train": {"priority_weight": 7, "execution_timeout": 1200}},
    },
}


@pytest.fixture(scope="session")
def read(airflow: Airflow, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What Airflow reads of several DAGs, good and bad."""
    directory = tmp_path_factory.mktemp("dags")
    (directory / "company").mkdir()
    (directory / "company/alerts.py").write_text("def page(context):\n    pass\n")
    schedule = "30 4 * * 1-5"
    write(directory, {}, address="shop:whole", schedule=schedule)
    write(directory, RICH, address="shop:rich", schedule=schedule)
    write(directory, {"schedule": "never", "env_vars": {"A": HOSTILE}}, address="shop:never", schedule=schedule)
    good = write(directory, STEPS, address="shop:steps").read_text()
    write(directory, STEPS, address="shop:large", steps=wide_and_deep(2000))
    for name, old, new in (
        ("cycle", "    run_load >> run_clean\n", "    run_load >> run_clean\n    run_clean >> run_load\n"),
        ("unknown", "run_load >> run_clean", "run_loat >> run_clean"),
        ("argument", "bash_command=", "bash_comand="),
        ("cron", "schedule=None", 'schedule="0 99 * * *"'),
    ):
        assert good.count(old) > 0
        text = good.replace(old, new).replace('dag_id="shop.steps"', f'dag_id="shop.{name}"')
        (directory / f"{name}_dag.py").write_text(text)
    # With the time that Airflow gives a file if nobody tells it otherwise.
    found: dict[str, Any] = airflow.ask("read", str(directory))
    return found


def test_airflow_reads_generated_dags_and_refuses_bad_ones(read: dict[str, Any]) -> None:
    assert sorted(read["dags"]) == ["shop.large", "shop.never", "shop.rich", "shop.steps", "shop.whole"]
    assert sorted(read["errors"]) == ["argument_dag.py", "cron_dag.py", "cycle_dag.py", "unknown_dag.py"]
    assert "Cycle" in read["errors"]["cycle_dag.py"] and "run_loat" in read["errors"]["unknown_dag.py"]


def test_airflow_reads_the_dags_of_the_example(airflow: Airflow) -> None:
    found = airflow.ask("read", str(file_above("examples/flights/deploy/airflow")))

    assert found["errors"] == {}
    whole, steps = (found["dags"][f"examples.flights.airflow-{name}"] for name in ("pipeline", "step"))
    assert (whole["cron"], whole["time_zone"]) == ("0 4 * * *", "America/New_York")
    assert whole["params"] == steps["params"] == {"max_iter": 80, "top": 10}
    assert list(whole["tasks"]) == ["pipeline"]
    assert steps["tasks"]["evaluate"]["after"] == ["train-linear", "train-trees"]


def test_tasks_come_after_what_they_need(read: dict[str, Any]) -> None:
    tasks = read["dags"]["shop.steps"]["tasks"]

    assert {name: task["after"] for name, task in tasks.items()} == {
        "load": [],
        "clean": ["load"],
        "report": ["clean"],
        "train": ["clean"],
        "publish": ["report", "train"],
        "pipeline": ["publish"],
    }
    assert list(read["dags"]["shop.whole"]["tasks"]) == ["pipeline"]
    assert len(read["dags"]["shop.large"]["tasks"]) == 2001


def test_airflow_takes_settings_as_they_are_meant(read: dict[str, Any]) -> None:
    dag = read["dags"]["shop.rich"]
    tasks = dag.pop("tasks")

    assert dag == {
        "cron": "30 4 * * 1-5",
        "time_zone": "Europe/Berlin",
        "start": "2026-02-28T23:00:00+00:00",
        "catchup": True,
        "max_active_runs": 3,
        "max_active_tasks": 4,
        "timeout_s": 3600,
        "tags": ["a", "b"],
        "params": {"items": False, "max_iter": 80, "region": "north"},
        "callbacks": [["SmtpNotifier", ["a@example.org"]], "page"],
    }
    assert tasks["load"] == {
        "after": [],
        "retries": 2,
        "retry_delay_s": 60,
        "timeout_s": 600,
        "pool": "pants",
        "queue": "monorepo",
        "owner": "team",
        "weight": 1,
    }
    assert (tasks["train"]["weight"], tasks["train"]["timeout_s"]) == (7, 1200)


def test_without_a_schedule_there_is_none(read: dict[str, Any]) -> None:
    assert read["dags"]["shop.whole"]["cron"] == "30 4 * * 1-5"
    assert read["dags"]["shop.whole"]["catchup"] is False
    assert read["dags"]["shop.never"]["cron"] is None
    assert read["dags"]["shop.steps"]["cron"] is None


class Run:
    """A run of all tasks of a DAG in their order."""

    def __init__(self, airflow: Airflow, directory: Path) -> None:
        self._airflow = airflow
        self.checkout = directory / "check out"
        self.checkout.mkdir()
        self.pants = StandIn(self.checkout)

    def finish(self, settings: Mapping[str, Any], **options: Any) -> list[Call]:
        """The calls of Pants, in their order."""
        error = self.error(settings, **options)
        assert error is None, error
        return self.pants.calls

    def error(
        self,
        settings: Mapping[str, Any],
        *,
        params: Mapping[str, Any] = {},  # noqa: B006
        variables: Mapping[str, str] = {},  # noqa: B006
        **options: Any,
    ) -> str | None:
        """How a run failed, None if it did not."""
        file = write(self.checkout, settings, **options)
        return self._airflow.try_to("run", str(file), params, variables)[1]


@pytest.fixture
def run(airflow: Airflow, tmp_path: Path) -> Run:
    """A checkout with a stand-in for Pants."""
    return Run(airflow, tmp_path)


def test_tasks_run_pants_in_the_checkout(run: Run) -> None:
    calls = run.finish(STEPS)

    targets = [call.target for call in calls]
    assert targets[:2] == ["shop:load", "shop:clean"] and targets[4:] == ["shop:publish", "shop:pipeline"]
    assert {call.directory for call in calls} == {str(run.checkout)}
    assert all(call.environment["PANTS_WOMBAT_ENVIRONMENT"] == "production" for call in calls)


def test_what_airflow_would_evaluate_arrives_as_it_is(run: Run) -> None:
    step = Step("load", params={"region": HOSTILE, "items": [1, {"a": None}], "rate": 0.5, "deep": True})
    names = {name: f"load.{name}" for name in ("region", "items", "rate", "deep")}
    env_vars = {"A": HOSTILE, "B": "script.sh", "C": "a\r", "D": "{{ var.value.x }}", "E": "{% raw", "F": "{#", "G": "end\n"}

    (call,) = run.finish({"env_vars": env_vars, "parameters": names}, steps=[step])

    assert {name: call.environment[name] for name in env_vars} == env_vars
    assert call.overrides == {f"shop:load.{name}": value for name, value in step.params.items()}  # type: ignore[union-attr]
    assert not list(run.checkout.rglob("hacked"))


def test_what_somebody_starts_a_run_with_is_neither_evaluated_nor_executed(run: Run) -> None:
    parameters = {"region": "load.region", "limit": "load.limit"}

    (call,) = run.finish({"parameters": parameters}, params={"region": f"1e3 {HOSTILE}", "limit": 7})

    assert call.overrides == {"shop:load.region": f"1e3 {HOSTILE}", "shop:load.limit": 7}


def test_what_is_of_another_type_is_refused(run: Run) -> None:
    error = run.error({"parameters": {"limit": "load.limit"}}, params={"limit": "many"})

    assert error is not None and "'many' is not of type 'integer'" in error
    assert run.pants.calls == []


def test_secrets_are_asked_for_when_a_task_starts(run: Run) -> None:
    settings = {
        "secrets": {
            "A": "{{ var.value.shop_token }}",
            "B": "{{ conn.shop_db.password }}",
            "C": "{{ var.value.get('shop-key') }}",
            "D": "{{ conn.shop_db.extra_dejson.key }}",
        },
        "remote_cache": "$cache_address",
        "remote_cache_token": "{{ var.value.cache_token }}",
    }
    connection = {"conn_type": "postgres", "password": "pass {{ word }}.sh", "extra": {"key": "k"}}
    variables = {
        "AIRFLOW_VAR_SHOP_TOKEN": "to ken",
        "AIRFLOW_VAR_SHOP-KEY": "ke y",
        "AIRFLOW_VAR_CACHE_ADDRESS": "grpc://127.0.0.1:1",
        "AIRFLOW_VAR_CACHE_TOKEN": "cache $(token)",
        "AIRFLOW_CONN_SHOP_DB": json.dumps(connection),
    }

    (call,) = run.finish(settings, variables=variables)

    environment = call.environment
    assert [environment[name] for name in "ABCD"] == ["to ken", "pass {{ word }}.sh", "ke y", "k"]
    assert environment["PANTS_REMOTE_STORE_ADDRESS"] == "grpc://127.0.0.1:1"
    assert (call.token, call.token_mode) == ("cache $(token)", 0o600)
    assert "WOMBAT_REMOTE_CACHE_TOKEN" not in environment
    assert not Path(environment["PANTS_REMOTE_OAUTH_BEARER_TOKEN_PATH"]).exists()
    assert "cache $(token)" not in json.dumps(call.arguments)


def test_a_token_may_be_a_file_of_the_worker(run: Run, tmp_path: Path) -> None:
    (tmp_path / "token").write_text("secret")

    (call,) = run.finish({"remote_cache": "grpc://127.0.0.1:1", "remote_cache_token": str(tmp_path / "token")})

    assert call.token == "secret"


def test_a_checkout_elsewhere_is_found(run: Run, tmp_path: Path) -> None:
    odd = tmp_path / "{{ odd }} $x.sh"
    odd.mkdir()
    (odd / "pants").symlink_to(run.checkout / "pants")
    write(run.checkout, {"repository": str(odd)})

    (call,) = run.finish({"repository": str(odd)})

    assert call.directory == str(odd)


@pytest.mark.parametrize("exit_code", ["1", "99"])
def test_a_target_that_failed_fails_its_task(run: Run, exit_code: str) -> None:
    run.pants.behave("shop:pipeline", exit_code)

    error = run.error({})

    assert error is not None and f"non-zero exit code {exit_code}" in error


TEXTS = st.text("{}%#'\"\\\r\n\tx.sh é\u2028", max_size=30) | st.text(max_size=300)


@settings(deadline=None, max_examples=300)
@given(TEXTS)
def test_a_text_is_rendered_as_it_is(airflow: Airflow, text: str) -> None:
    template = plain_template(text)

    assert airflow.ask("render", template) == text
    assert not template.endswith((".sh", ".bash"))
