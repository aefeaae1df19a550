"""The jobs of a workflow of GitHub."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from wombat_tool.deployment.commands import Variable, Word, shell_command
from wombat_tool.deployment.github_action import RESULTS, RESULTS_KEY, TOKEN_INPUT, TOKEN_OUTPUT, SetUp
from wombat_tool.deployment.github_expressions import expression, literal, secret
from wombat_tool.deployment.github_triggers import parameter_value, parameter_variables
from wombat_tool.deployment.jobs import Job
from wombat_tool.deployment.parameters import step_named
from wombat_tool.deployment.problems import DeploymentProblem
from wombat_tool.deployment.system import PipelineDeployment

if TYPE_CHECKING:
    from wombat_tool.deployment.systems.github_workflow import GithubWorkflowSettings

MOST_IN_MATRICES = 256
"""The jobs that matrices make in one run (docs.github.com/en/actions/reference/limits)."""

PULL_REQUEST_JOB = "pull_request"
"""The job of pull requests; no name that is made from an address has a `_`."""

_MOST_MINUTES = 5 * 24 * 60
_NO_PULL_REQUEST = "github.event_name != 'pull_request'"
_SET_UP = "pants"
_TARGET = "TARGET"


class WorkflowJobs:
    """The jobs of one workflow, and the environment that they have in common.

    :param set_up_path: the path of the action that sets Pants up.
    :param events: the value of `on`.
    """

    def __init__(
        self,
        deployment: PipelineDeployment[GithubWorkflowSettings],
        set_up_path: str,
        set_up: SetUp,
        events: Mapping[str, Any],
    ) -> None:
        self._deployment, self._settings = deployment, deployment.settings
        self._set_up_path, self._set_up = set_up_path, set_up
        self._has_pull_requests = "pull_request" in events
        self._has_others = len(events) > self._has_pull_requests
        self._variables = parameter_variables(deployment.parameters)
        self._check_variables()

    def _check_variables(self) -> None:
        settings = self._settings
        taken = set(self._variables.values()) | {_TARGET}
        for field, names in (("env_vars", settings.env_vars), ("secrets", settings.secrets)):
            for name in sorted(names):
                if name.startswith(("GITHUB_", "RUNNER_")):
                    raise DeploymentProblem(
                        f"{field}.{name}", "must have another name: GitHub sets those with GITHUB_ and RUNNER_ itself."
                    )
                if name in taken:
                    raise DeploymentProblem(f"{field}.{name}", "must have another name: generated jobs use this one.")
        both = sorted(settings.env_vars.keys() & settings.secrets.keys())
        if both:
            raise DeploymentProblem(f"secrets.{both[0]}", "must not be in `env_vars`, too: it can have one value only.")

    def environment(self) -> dict[str, str]:
        """The environment variables of all jobs."""
        variables = self._deployment.pants_variables()
        # What people wrote stands with the commands, where it is told how it is read.
        variables.pop("PANTS_REMOTE_INSTANCE_NAME", None)
        cache = self._deployment.remote_cache
        if cache is not None:
            if isinstance(cache.address, Variable):
                address = f"vars.{cache.address.name}"
                variables["PANTS_REMOTE_STORE_ADDRESS"] = expression(address)
                if self._has_pull_requests:
                    # GitHub gives no variables to pull requests from forks; these go without the cache.
                    variables["PANTS_REMOTE_CACHE_READ"] = expression(f"{_NO_PULL_REQUEST} || {address} != ''")
            else:
                variables["PANTS_REMOTE_STORE_ADDRESS"] = cache.address
            if self._has_pull_requests:
                # What others use was computed from a commit that is merged.
                variables["PANTS_REMOTE_CACHE_WRITE"] = expression(_NO_PULL_REQUEST)
        return dict(sorted(variables.items()))

    def documents(self) -> dict[str, Any]:
        """The jobs by name."""
        documents: dict[str, Any] = {}
        if self._has_pull_requests:
            documents[PULL_REQUEST_JOB] = self._pull_request()
        if self._has_others:
            documents.update((job.name, self._job(job)) for job in self._jobs)
        return documents

    @cached_property
    def _jobs(self) -> tuple[Job, ...]:
        jobs = self._deployment.jobs(matrix=True)
        entries = sum(len(job.targets) for job in jobs if job.is_matrix)
        return jobs if entries <= MOST_IN_MATRICES else self._deployment.jobs()

    def _job(self, job: Job) -> dict[str, Any]:
        settings = self._settings
        document: dict[str, Any] = {"name": expression("matrix.target") if job.is_matrix else literal(job.target)}
        if job.needs:
            # A job whose needs failed or were left out is left out itself, unless it has a condition of its own.
            document["needs"] = list(job.needs)
        elif self._has_pull_requests:
            document["if"] = _NO_PULL_REQUEST
        document.update(self._machine(self._labels(job)))
        if settings.deployment_environment is not None:
            document["environment"] = literal(settings.deployment_environment)
        if job.is_matrix:
            targets = [literal(target) for target in job.targets]
            # A variant that fails stops none of the others.
            document["strategy"] = {"fail-fast": False, "matrix": {"target": targets}}
        environment = self._step_environment(job.targets)
        if job.is_matrix:
            environment[_TARGET] = expression("matrix.target")
        run = self._run("Run", environment, self._commands(job))
        document["steps"] = [*self._first_steps(depth=None), run, *self._last_steps()]
        return document

    def _pull_request(self) -> dict[str, Any]:
        settings, deployment = self._settings, self._deployment
        pipeline = deployment.steps.pipeline.address
        depth = settings.fetch_depth
        if depth is None:
            depth = 2 if settings.changed_since == "HEAD^1" else 0
        environment = self._step_environment((pipeline,))
        environment = {name: value for name, value in environment.items() if name not in self._variables.values()}
        words: list[Word] = [
            (deployment.launcher,),
            (f"--changed-since={settings.changed_since}",),
            ("--changed-dependents=transitive",),
            ("--filter-target-type=pipeline",),
            (f"--filter-address-regex={_exactly(pipeline)}",),
            ("run-pipelines",),
        ]
        run = self._run("Run what changed", environment, [shell_command(words)])
        return {
            "name": literal(f"{pipeline}, if it changed"),
            "if": "github.event_name == 'pull_request'",
            **self._machine(settings.runs_on),
            "steps": [*self._first_steps(depth=depth), run],
        }

    @cached_property
    def _labels_of_steps(self) -> Mapping[str, tuple[str, ...]]:
        deployment = self._deployment
        return {
            step_named(name, deployment.steps, field=f"step_runs_on.{name}", directory=deployment.directory): labels
            for name, labels in sorted(self._settings.step_runs_on.items())
        }

    def _labels(self, job: Job) -> tuple[str, ...]:
        """The labels of the machine that a job asks for."""
        of_step = {self._labels_of_steps.get(step, self._settings.runs_on): step for step in reversed(job.steps)}
        if len(of_step) > 1:
            told = " and ".join(f"{step} ({', '.join(labels)})" for labels, step in sorted(of_step.items())[:2])
            raise DeploymentProblem(
                "step_runs_on",
                f"must give all steps of one job the same machine, but of one job are {told}. Name all of them, or take "
                "them apart by granularity='step' and group_chains=False.",
            )
        return next(iter(of_step), self._settings.runs_on)

    def _machine(self, runs_on: Sequence[str]) -> dict[str, Any]:
        settings = self._settings
        labels = [literal(label) for label in runs_on]
        machine: dict[str, Any] = {"runs-on": labels if len(labels) > 1 else labels[0]}
        if settings.timeout_s is not None:
            minutes = -(-settings.timeout_s // 60)
            if minutes > _MOST_MINUTES:
                raise DeploymentProblem(
                    "timeout_s",
                    f"must be at most {_MOST_MINUTES * 60}, since GitHub stops a job after five days "
                    f"(docs.github.com/en/actions/reference/limits), but was {settings.timeout_s}.",
                )
            machine["timeout-minutes"] = minutes
        return machine

    def _first_steps(self, *, depth: int | None) -> list[dict[str, Any]]:
        checkout: dict[str, Any] = {"persist-credentials": False}
        if depth is not None:
            checkout["fetch-depth"] = depth
        set_up: dict[str, Any] = {"name": "Set up Pants", "uses": self._set_up_path}
        token = self._settings.remote_cache_token
        if self._set_up.has_token and token is not None:
            set_up = {**set_up, "id": _SET_UP, "with": {TOKEN_INPUT: expression(secret(token))}}
        return [{"name": "Check out", "uses": self._set_up.uses("actions/checkout"), "with": checkout}, set_up]

    def _last_steps(self) -> list[dict[str, Any]]:
        if not self._set_up.keeps_results:
            return []
        limit = self._settings.result_cache_mib
        script = f'if [ "$(du -sm {RESULTS} | cut -f 1)" -gt {limit} ]; then\n  rm -rf {RESULTS}\nfi\n'
        # What succeeded is kept, so that the next run goes on from there.
        return [
            {"name": f"Keep results up to {limit} MiB", "if": "${{ !cancelled() }}", "run": script},
            {
                "name": "Save results",
                "if": "${{ !cancelled() }}",
                "uses": self._set_up.uses("actions/cache", "/save"),
                "with": {
                    "path": RESULTS,
                    "key": f"{RESULTS_KEY}${{{{ github.run_id }}}}-${{{{ github.run_attempt }}}}",
                },
            },
        ]

    def _step_environment(self, targets: Sequence[str]) -> dict[str, str]:
        """The environment variables of the command that runs targets."""
        settings, deployment = self._settings, self._deployment
        variables = {name: literal(value) for name, value in settings.env_vars.items()}
        if deployment.remote_cache is not None and deployment.remote_cache.instance is not None:
            variables["PANTS_REMOTE_INSTANCE_NAME"] = literal(deployment.remote_cache.instance)
        if self._set_up.has_token:
            # Pull requests from forks have none; then this is empty.
            variables["PANTS_REMOTE_OAUTH_BEARER_TOKEN_PATH"] = expression(f"steps.{_SET_UP}.outputs.{TOKEN_OUTPUT}")
        asked = set(self._passed_below(targets))
        asked_anywhere = set(deployment.passed_variables(deployment.steps.steps))
        for name, reference in settings.secrets.items():
            # What no step asks for is for Pants itself.
            if name in asked or name not in asked_anywhere:
                variables[name] = expression(secret(reference))
        used = {one.variable for target in targets for one in deployment.overrides(target, self._variables)}
        for parameter in deployment.parameters:
            if self._variables[parameter.name] in used:
                variables[self._variables[parameter.name]] = parameter_value(parameter)
        return dict(sorted(variables.items()))

    def _passed_below(self, targets: Sequence[str]) -> Iterator[str]:
        steps = self._deployment.steps
        for target in targets:
            yield from self._deployment.passed_variables(steps.closure(target) if target in steps.steps else steps.steps)

    def _commands(self, job: Job) -> list[str]:
        deployment = self._deployment
        if not job.is_matrix:
            return [shell_command(deployment.command(job.target, self._variables))]
        if not any(deployment.overrides(target, self._variables) for target in job.targets):
            return [shell_command([(deployment.launcher,), ("run",), (Variable(_TARGET),)])]
        commands = {target: shell_command(deployment.command(target, self._variables)) for target in job.targets}
        cases = (f"  {shlex.quote(target)}) {command} ;;" for target, command in commands.items())
        return [f'case "${_TARGET}" in', *cases, "esac"]

    def _run(self, name: str, environment: Mapping[str, str], commands: Sequence[str]) -> dict[str, Any]:
        script = self._script(commands)
        return {"name": name, **({"env": environment} if environment else {}), "run": script}

    def _script(self, commands: Sequence[str]) -> str:
        lines = ['export PANTS_WOMBAT_SUMMARY_FILE="$GITHUB_STEP_SUMMARY"']
        retries = self._settings.retries
        if retries:
            attempts = " ".join(str(number) for number in range(1, retries + 2))
            lines += ["attempt() {", *(f"  {command}" for command in commands), "}"]
            lines += [f"for number in {attempts}; do", "  if attempt; then exit 0; fi"]
            lines += [f'  echo "::warning::Attempt $number of {retries + 1} failed."', "done", "exit 1"]
        else:
            lines += commands
        return literal("".join(f"{line}\n" for line in lines))


def _exactly(address: str) -> str:
    """The regular expression of one address, for an option of Pants that splits its value at each comma."""
    return f"^{re.escape(address)}$".replace(",", r"\x2c")
