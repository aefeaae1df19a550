"""The text of a module that makes a DAG of Airflow."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Optional

from wombat_tool.deployment.python_text import Call, Code, comment, expression, module, text_literal
from wombat_tool.deployment.schedulers import TOKEN, check_table, repository_of_file

REPOSITORY = Code("str(REPOSITORY)")
"""The checkout that holds the module."""
FAILURE_CALLBACK = Code("on_failure")

_TOKEN_SCRIPT = (
    "token=$(mktemp) && trap 'rm -f \"$token\"' EXIT "
    f'&& printf %s "${TOKEN}" > "$token" '
    f'&& env -u {TOKEN} PANTS_REMOTE_OAUTH_BEARER_TOKEN_PATH="$token" '
)
_WITH_TOKEN = "with_token"
_TOKEN_FUNCTION = f'''
def {_WITH_TOKEN}(command: str) -> str:
    """The command, with the token of the cache server in a file and on no command line."""
    return TOKEN_SCRIPT + command
'''.strip()
# Arguments that Airflow takes as a `timedelta`; here and in patches they are seconds.
_DURATIONS = ("dagrun_timeout", "execution_timeout", "max_retry_delay", "retry_delay")


def with_token(command: str) -> Call:
    """The command, run with the token of the cache server in a file."""
    return Call(_WITH_TOKEN, (command,))


def checked_patch(patch: Mapping[str, Any], tasks: Sequence[str]) -> Mapping[str, Any]:
    """The patch, if it patches what there is.

    :param tasks: the names of the tasks.
    :raises DeploymentProblem: if it names something else.
    """
    check_table("patch", patch, known=("dag", "tasks"))
    dag = check_table("patch.dag", patch.get("dag", {}))
    check_table("patch.dag.default_args", dag.get("default_args", {}))
    for name, arguments in check_table("patch.tasks", patch.get("tasks", {}), known=tasks).items():
        check_table(f"patch.tasks.{name}", arguments)
    return patch


@dataclass(frozen=True)
class DagModule:
    """A module with one DAG.

    :param path: from the build root.
    :param dag: the arguments of the DAG; those of each parameter of a run are a dictionary.
    :param tasks: the arguments of each task, by its name.
    :param needs: for each task the names of those that must be done before.
    :param callback: the function that Airflow calls when a run failed.
    :param worker_variables: the environment variables that steps read and nothing here sets.
    """

    path: str
    dag: Mapping[str, Any]
    tasks: Mapping[str, Mapping[str, Any]]
    needs: Mapping[str, Sequence[str]]
    callback: Optional[str]
    worker_variables: Sequence[str]

    def text(self) -> str:
        """The source."""
        dag, tasks = _dag_call(self.dag), {name: Call("BashOperator", (), _timed(one)) for name, one in self.tasks.items()}
        used = set(_code_in([dag, *tasks.values()]))
        lines = [expression(dag, prefix="with ", suffix=":")]
        lines += [f"    {expression(task, indent=4, prefix=f'{_name(name)} = ')}" for name, task in tasks.items()]
        order = [f"    {_ordered(name, needs)}" for name, needs in self.needs.items() if needs]
        blocks = [*self._constants(used), "\n".join([*self._notes(), *lines, *([""] if order else []), *order])]
        return module("A DAG of Airflow whose tasks run a pipeline by Pants.", self._imports(used), blocks)

    def _imports(self, used: set[str]) -> str:
        standard = [*(["import pathlib"] if REPOSITORY.text in used else [])]
        standard += ["from datetime import timedelta"] if "timedelta" in used else []
        others = ["import pendulum"] if "pendulum.datetime" in used else []
        if "SmtpNotifier" in used:
            others.append("from airflow.providers.smtp.notifications.smtp import SmtpNotifier")
        if "CronTriggerTimetable" in used:
            others.append("from airflow.timetables.trigger import CronTriggerTimetable")
        has_params = "Param" in used
        versions = [
            "try:",
            "    from airflow.providers.standard.operators.bash import BashOperator",
            f"    from airflow.sdk import DAG{', Param' if has_params else ''}",
            "except ImportError:  # Airflow 2",
            "    from airflow.models.dag import DAG",
            *(["    from airflow.models.param import Param"] if has_params else []),
            "    from airflow.operators.bash import BashOperator",
        ]
        parts = [standard, others, versions]
        if FAILURE_CALLBACK.text in used and self.callback is not None:
            package, _, function = self.callback.rpartition(".")
            parts.append([f"from {package} import {function} as {FAILURE_CALLBACK.text}"])
        return "\n\n".join("\n".join(part) for part in parts if part)

    def _constants(self, used: set[str]) -> Iterator[str]:
        if REPOSITORY.text in used:
            yield f"REPOSITORY = {repository_of_file(self.path)}"
        if _WITH_TOKEN in used:
            yield f"TOKEN_SCRIPT = {text_literal(_TOKEN_SCRIPT)}"
            yield _TOKEN_FUNCTION

    def _notes(self) -> Iterator[str]:
        if self.worker_variables:
            yield comment(f"Steps read these environment variables of the worker: {', '.join(self.worker_variables)}.")


def _dag_call(arguments: Mapping[str, Any]) -> Call:
    params = arguments.get("params")
    special: dict[str, Any] = {}
    if isinstance(params, dict):
        calls = {name: Call("Param", (), value) if isinstance(value, dict) else value for name, value in params.items()}
        special["params"] = calls
    if "default_args" in arguments:
        special["default_args"] = _timed(arguments["default_args"])
    return Call("DAG", (), _timed({**arguments, **special}))


def _timed(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments, with durations as Airflow takes them."""
    return {
        name: Call("timedelta", (), {"seconds": value}) if name in _DURATIONS and isinstance(value, (int, float)) else value
        for name, value in arguments.items()
    }


def _code_in(value: Any) -> Iterator[str]:
    """What of a value stands for names of the module."""
    if isinstance(value, Code):
        yield value.text
    elif isinstance(value, Call):
        yield value.function
        yield from _code_in([*value.arguments, *value.keywords.values()])
    elif isinstance(value, Mapping):
        yield from _code_in(list(value.values()))
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _code_in(item)


def _name(task: str) -> str:
    # Not the name alone, which may be a word of Python.
    return f"run_{task.replace('-', '_')}"


def _ordered(task: str, needs: Sequence[str]) -> str:
    names = [Code(_name(need)) for need in needs]
    return expression(names if len(names) > 1 else names[0], indent=4, suffix=f" >> {_name(task)}")
