"""What stands around the jobs in a configuration of GitLab."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from wombat_tool.deployment.commands import Variable
from wombat_tool.deployment.gitlab_jobs import (
    IN_MERGE_REQUEST,
    JUNIT_FILE,
    RECORDS,
    TARGET_VARIABLE,
    GitlabDeployment,
    parameter_variables,
    skip_function,
)
from wombat_tool.deployment.pods import check_image, image_at
from wombat_tool.deployment.problems import DeploymentProblem

_CACHE_DIRECTORY = ".cache"
_LARGEST_CACHE_MB = 5000
_DEFAULT_LAUNCHER = "./pants"


def workflow(deployment: GitlabDeployment, *, is_child: bool) -> dict[str, Any]:
    """When there is a pipeline at all.

    :param is_child: whether the file is only ever the child pipeline of another.
    """
    settings = deployment.settings
    stops_older: dict[str, Any] = {"auto_cancel": {"on_new_commit": "interruptible"}} if settings.interruptible else {}
    rules: list[dict[str, Any]] = []
    if is_child:
        rules += [{"if": IN_MERGE_REQUEST, **stops_older}, {"if": '$CI_PIPELINE_SOURCE == "parent_pipeline"'}]
    else:
        if settings.on_merge_request:
            # One job finds what changed itself; elsewhere a job of its own does.
            history = {"variables": {"GIT_DEPTH": "0"}} if settings.granularity == "pipeline" else {}
            rules.append({"if": IN_MERGE_REQUEST, **history, **stops_older})
        if deployment.schedule is not None:
            rules.append({"if": '$CI_PIPELINE_SOURCE == "schedule"'})
        if settings.on_push:
            rules.append({"if": '$CI_PIPELINE_SOURCE == "push" && $CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH'})
        rules.append({"if": "$CI_PIPELINE_SOURCE =~ /^(web|api|trigger|pipeline|parent_pipeline)$/"})
    # A run for the main branch is never stopped for a newer one.
    return {**({"auto_cancel": {"on_new_commit": "none"}} if settings.interruptible else {}), "rules": rules}


def variables(deployment: GitlabDeployment, *, is_form: bool = True) -> dict[str, Any]:
    """The variables of all jobs.

    :param is_form: whether the parameters are shown to who starts a pipeline.
    """
    settings = deployment.settings
    names = parameter_variables(deployment)
    found: dict[str, Any] = {}
    for parameter in deployment.parameters:
        entry: dict[str, Any] = {"value": parameter.default_text}
        if is_form:
            steps = [f"{step}.{name}" for step, name in parameter.steps]
            entry["description"] = f"Parameter of {', '.join(steps[:3])}{' and others' if len(steps) > 3 else ''}"
            if isinstance(parameter.default, bool):
                entry["options"] = ["false", "true"]
        found[names[parameter.name]] = {**entry, "expand": False}
    _check_names(deployment, names)
    given = {
        # Only the list of changed targets is made from history.
        "GIT_DEPTH": "1",
        **deployment.pants_variables(),
        "PANTS_WOMBAT_RUNS_DIR": RECORDS,
        "PANTS_WOMBAT_JUNIT_FILE": JUNIT_FILE,
    }
    if deployment.remote_cache is not None and isinstance(deployment.remote_cache.address, str):
        given["PANTS_REMOTE_STORE_ADDRESS"] = deployment.remote_cache.address
    found.update({name: _literal(value) for name, value in given.items()})
    if settings.cache:
        # GitLab's cache takes what lies in the project only.
        found["XDG_CACHE_HOME"] = f"$CI_PROJECT_DIR/{_CACHE_DIRECTORY}"
    return {**found, **{name: _literal(value) for name, value in sorted(settings.env_vars.items())}}


def _check_names(deployment: GitlabDeployment, parameters: Mapping[str, str]) -> None:
    for field in ("env_vars", "secrets"):
        for name in sorted(getattr(deployment.settings, field)):
            if name == "CI" or name.startswith(("CI_", "GITLAB_")):
                raise DeploymentProblem(f"{field}.{name}", "must not set a variable that GitLab itself sets. Rename it.")
            if name in (*parameters.values(), TARGET_VARIABLE):
                raise DeploymentProblem(
                    f"{field}.{name}", "must not set the variable that holds a parameter or the target of a job. Rename it."
                )
    for name in sorted(set(deployment.settings.env_vars) & set(deployment.settings.secrets)):
        raise DeploymentProblem(f"secrets.{name}", "is set by 'env_vars', too. Remove one of them.")


def _literal(value: str) -> Any:
    """The value of a variable, in which GitLab is to put in no other one's, as $NAME or %NAME%."""
    return {"value": value, "expand": False} if set(value) & set("$%") else value


def defaults(deployment: GitlabDeployment) -> dict[str, Any]:
    """What holds for all jobs."""
    settings = deployment.settings
    found: dict[str, Any] = {}
    if settings.image is not None:
        check_image(settings.image, environment=settings.environment)
        found["image"] = image_at(settings.image, "$CI_COMMIT_SHA")
    if settings.runner_tags:
        found["tags"] = list(settings.runner_tags)
    if settings.interruptible:
        found["interruptible"] = True
    if settings.timeout_s is not None:
        found["timeout"] = timeout_text(settings.timeout_s)
    if settings.retries:
        found["retry"] = {"max": settings.retries, **({"when": list(settings.retry_when)} if settings.retry_when else {})}
    elif settings.retry_when:
        raise DeploymentProblem("retry_when", "says when to retry, but 'retries' is 0. Set it to 1 or 2.")
    if settings.cache:
        found["cache"] = _cache(deployment, writes=settings.granularity == "pipeline")
    before = _before_script(deployment)
    if before:
        found["before_script"] = before
    found["artifacts"] = {
        "when": "always",
        "expire_in": settings.expire_in,
        "paths": [f"{RECORDS}/"],
        "reports": {"junit": JUNIT_FILE},
    }
    return found


def cache_that_is_written(deployment: GitlabDeployment) -> dict[str, Any]:
    """The job that others extend to write the cache, which all others only read."""
    return {".fills-cache": {"cache": _cache(deployment, writes=True)}}


def _cache(deployment: GitlabDeployment, *, writes: bool) -> dict[str, Any]:
    own = deployment.launcher == _DEFAULT_LAUNCHER
    paths = [f"{_CACHE_DIRECTORY}/{'wombat' if own else 'nce'}/", f"{_CACHE_DIRECTORY}/pants/named_caches/"]
    if deployment.remote_cache is None:
        paths.append(f"{_CACHE_DIRECTORY}/pants/lmdb_store/")
    files = ["pants.toml", *(["3rdparty/launcher/pants.lock"] if own else [])]
    return {
        "key": {"files": files, "prefix": "pants"},
        "paths": paths,
        "policy": "pull-push" if writes else "pull",
    }


def _before_script(deployment: GitlabDeployment) -> list[str]:
    cache = deployment.remote_cache
    lines = []
    if deployment.settings.cache and cache is None:
        # Nothing but the daemon, which jobs go without, keeps the store of results small.
        size = f'"$(du -sm {_CACHE_DIRECTORY} | cut -f 1)" -gt {_LARGEST_CACHE_MB}'
        lines.append(f"if [ -d {_CACHE_DIRECTORY} ] && [ {size} ]; then rm -rf {_CACHE_DIRECTORY}; fi")
    if cache is not None and isinstance(cache.address, Variable):
        lines.append(f"export PANTS_REMOTE_STORE_ADDRESS={_needed(cache.address.name)}")
    if cache is not None and cache.token is not None:
        lines.append(f"export PANTS_REMOTE_OAUTH_BEARER_TOKEN_PATH={_needed(cache.token)}")
    # A variable that is not there stays away, so that the step that needs it says so.
    lines += [
        f'if [ -n "${{{variable}+x}}" ]; then export {name}="${variable}"; fi'
        for name, variable in sorted(deployment.settings.secrets.items())
        if name != variable
    ]
    if deployment.settings.on_merge_request:
        # The checkout may belong to another user than the one of the image, which git refuses to read then.
        lines.append('export GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=safe.directory GIT_CONFIG_VALUE_0="$CI_PROJECT_DIR"')
    function = skip_function(deployment)
    return [*lines, *([function] if function else [])]


def _needed(variable: str) -> str:
    mend = "is not set. Add it in Settings > CI/CD > Variables; if it is protected, only protected branches have it."
    return f'"${{{variable}:?{mend}}}"'


def timeout_text(seconds: int) -> str:
    """Seconds in GitLab's words: "1 hour 30 minutes"."""
    words = []
    for name, size in (("day", 86400), ("hour", 3600), ("minute", 60), ("second", 1)):
        count, seconds = divmod(seconds, size)
        if count:
            words.append(f"{count} {name}{'' if count == 1 else 's'}")
    return " ".join(words)
