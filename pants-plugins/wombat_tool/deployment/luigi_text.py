"""The text of a module of Luigi tasks."""

from __future__ import annotations

import keyword
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Optional

from wombat_tool.deployment.parameters import Parameter
from wombat_tool.deployment.python_text import Call, Code, comment, expression, module
from wombat_tool.deployment.schedulers import repository_of_file

TAKEN_NAMES = frozenset(
    """
    accepts_messages batch_param_names batchable bulk_complete clone complete deps disable_hard_timeout disable_window
    disable_window_seconds disabled event_handler from_str_params get_param_names get_param_values get_params
    get_task_family get_task_namespace initialized input no_unpicklable_properties on_failure on_success output
    owner_email param_args param_kwargs priority process_resources remove_event_handler requires resources retry_count
    run run_id set_progress_percentage set_status_message set_tracking_url scheduler_messages task_family task_id
    task_module task_namespace to_str_params trigger_event use_cmdline_section worker_timeout
    max_batch_size
    """.split()
)
"""What tasks of Luigi 3.8 have: a parameter of that name would take its place."""

_PARAMETER_TYPES = {
    bool: "luigi.BoolParameter",
    int: "luigi.IntParameter",
    float: "luigi.FloatParameter",
    str: "luigi.Parameter",
    list: "luigi.ListParameter",
}
# It takes any JSON.
_OTHER_PARAMETER = "luigi.DictParameter"

_REFERENCE_FUNCTIONS = '''
def _environment() -> dict:
    found = {name: _value(reference) for name, reference in REFERENCES.items()}
    return {**os.environ, **ENVIRONMENT, **found}


def _value(reference: str) -> str:
    """What an environment variable of Luigi holds, or a file."""
    if not reference.startswith("$"):
        return pathlib.Path(reference).read_text().rstrip("\\n")
    if reference[1:] not in os.environ:
        raise LookupError(f"Luigi has no environment variable {reference[1:]}.")
    return os.environ[reference[1:]]
'''.strip()

_METHODS = """
    def output(self):
        return luigi.LocalTarget(str(MARKERS / self.task_id))

    def run(self):
        command = [{launcher}, "run", self._target]
        if self._overrides:
            command.append("--")
        for name, own in self._overrides.items():
            command.append(f"{name}={json.dumps(getattr(self, own), default=dict)}")
        pants = subprocess.Popen(
            command,
            cwd=REPOSITORY,
            env={environment},
            start_new_session=True,
        )
        try:
            exit_code = pants.wait({timeout})
        except BaseException:
            # Time is up, or Luigi is stopped: what Pants started ends with it.
            os.killpg(pants.pid, signal.SIGTERM)
            try:
                pants.wait(20)
            except subprocess.TimeoutExpired:
                os.killpg(pants.pid, signal.SIGKILL)
                pants.wait()
            raise
        if exit_code != 0:
            raise RuntimeError(f"Exit code {exit_code} of Pants: {self._target}")
        with self.output().open("w") as marker:
            marker.write(f"{self._target}\\n")
""".strip("\n")


def class_name(job: str) -> str:
    """The name of the class of a job: "CleanFlights" for "clean-flights"; no two jobs have one."""
    words = [word.capitalize() if word[:1].isalpha() else f"_{word}" for word in job.split("-")]
    name = "".join(words)
    return f"{name}_" if keyword.iskeyword(name) else name


@dataclass(frozen=True)
class LuigiTask:
    """A task.

    :param job: the name of its job.
    :param overrides: parameters of steps, each with the parameter of the task that has its value.
    :param needs: the names of the jobs that must be done before.
    :param attributes: more attributes of the class.
    """

    job: str
    target: str
    description: str
    overrides: Mapping[str, str]
    needs: Sequence[str]
    attributes: Mapping[str, Any]

    def text(self) -> str:
        """The source of the class."""
        lines = [f"class {class_name(self.job)}(_PantsTask):"]
        if self.description:
            lines.append(f"    {comment(' '.join(self.description.split()))}")
        lines.append(_attribute("_target", self.target))
        if self.overrides:
            lines.append(_attribute("_overrides", self.overrides))
        lines += [_attribute(name, value) for name, value in self.attributes.items()]
        if self.needs:
            clones = [Call("self.clone", (Code(class_name(need)),)) for need in self.needs]
            lines += ["", "    def requires(self):", f"        {expression(clones, indent=8, prefix='return ')}"]
        return "\n".join(lines)


@dataclass(frozen=True)
class LuigiModule:
    """A module of tasks, the last of which is the pipeline as a whole.

    :param path: from the build root.
    :param repository: the path of the checkout, None for the one that holds the module.
    :param markers: the directory for files of tasks that are done, None for one in the checkout.
    :param environment: environment variables with their values.
    :param references: environment variables, each with "$NAME" or the path of a file that holds its value.
    :param all_tasks: attributes of all tasks.
    :param timeout_s: seconds after which Pants is stopped.
    :param cron: when cron is to start it.
    """

    path: str
    namespace: str
    launcher: str
    repository: Optional[str]
    markers: Optional[str]
    parameters: Sequence[Parameter]
    environment: Mapping[str, str]
    references: Mapping[str, str]
    all_tasks: Mapping[str, Any]
    tasks: Sequence[LuigiTask]
    timeout_s: Optional[int]
    cron: Optional[str]

    def text(self) -> str:
        """The source."""
        names = ["datetime", "json", "os", "pathlib", "signal", "subprocess", "sys"]
        imports = "\n".join(f"import {name}" for name in names) + "\n\nimport luigi"
        functions = [_REFERENCE_FUNCTIONS] if self.references else []
        tasks = [task.text() for task in self.tasks]
        blocks = ["\n".join([*self._notes(), *self._constants()]), *functions, self._base(), *tasks, self._main()]
        return module("Tasks of Luigi that run a pipeline by Pants.", imports, blocks)

    def _notes(self) -> Iterator[str]:
        # Luigi tries again only where a worker waits for it, and its own default is to wait for a quarter of an hour.
        retrying = " --worker-keep-alive --scheduler-retry-delay 60" if self.all_tasks.get("retry_count") != 1 else ""
        command = f"python {shlex.quote(self.path)} --local-scheduler{retrying}"
        yield comment("In the root of the repository:")
        yield comment(f"  {command}")
        if self.cron is not None:
            yield comment("Luigi has no schedules; this line is for cron, in UTC:")
            yield comment(f"  {self.cron} cd /path/to/the/repository && {command}".replace("%", "\\%"))

    def _constants(self) -> Iterator[str]:
        given = self.repository
        here = Call("pathlib.Path", (given,)) if given is not None else Code(repository_of_file(self.path))
        yield expression(here, prefix="REPOSITORY = ")
        markers = Call("pathlib.Path", (self.markers,)) if self.markers else Code('REPOSITORY / ".wombat/luigi"')
        yield expression(markers, prefix="MARKERS = ")
        yield expression(self.environment, prefix="ENVIRONMENT = ")
        if self.references:
            yield expression(self.references, prefix="REFERENCES = ")
        yield 'THIS_RUN = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H%M%S.%fZ")'

    def _main(self) -> str:
        last = class_name(self.tasks[-1].job)
        call = Call("luigi.run", (), {"main_task_cls": Code(last), "detailed_summary": True})
        run = expression(call, prefix="    result = ")
        return "\n".join(['if __name__ == "__main__":', run, _EXIT])

    def _base(self) -> str:
        environment = "_environment()" if self.references else "{**os.environ, **ENVIRONMENT}"
        methods = _METHODS.replace("{environment}", environment).replace("{launcher}", expression(self.launcher))
        methods = methods.replace("{timeout}", "" if self.timeout_s is None else str(self.timeout_s))
        lines = [
            "class _PantsTask(luigi.Task):",
            '    """A target that Pants runs.',
            "",
            "    Its marker says that it is done in one run of Luigi, and nothing else: what has to",
            "    be computed is for Pants to say, which finds in its cache what is there already.",
            '    """',
            "",
            _attribute("task_namespace", self.namespace),
            _attribute("run_id", Call("luigi.Parameter", (), {"default": Code("THIS_RUN"), "description": _RUN_ID})),
            *(_attribute(one.name, _parameter(one)) for one in self.parameters),
            *(_attribute(name, value) for name, value in self.all_tasks.items()),
            _attribute("_target", ""),
            _attribute("_overrides", {}),
            "",
            methods,
        ]
        return "\n".join(lines)


# What succeeded when it was tried again is no success to `luigi.run` itself.
_EXIT = """
    good = (luigi.LuigiStatusCode.SUCCESS, luigi.LuigiStatusCode.SUCCESS_WITH_RETRY)
    sys.exit(0 if result.status in good else 1)
""".strip("\n")
_RUN_ID = "A name for this run: the same name again continues it."


def _attribute(name: str, value: Any) -> str:
    return f"    {expression(value, indent=4, prefix=f'{name} = ')}"


def _parameter(parameter: Parameter) -> Call:
    kind = _PARAMETER_TYPES.get(type(parameter.default), _OTHER_PARAMETER)
    sets = ", ".join(f"{step}.{name}" for step, name in parameter.steps)
    explicit = {"parsing": Code("luigi.BoolParameter.EXPLICIT_PARSING")} if kind == "luigi.BoolParameter" else {}
    return Call(kind, (), {"default": parameter.default, **explicit, "description": f"Sets {sets}."})
