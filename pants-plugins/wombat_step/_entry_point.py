"""Finds the user's function."""

from __future__ import annotations

import os
import sys

from wombat_step._errors import (
    EntryPointError,
    MissingRequirementError,
    UserCodeError,
    did_you_mean,
    join_names,
    of_type,
)
from wombat_step._traceback import last_user_line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from wombat_step._spec import StepSpec

# Import names whose distribution on PyPI is called otherwise, of the packages that data steps use most.
_DISTRIBUTIONS = {
    "PIL": "pillow",
    "attr": "attrs",
    "bs4": "beautifulsoup4",
    "cv2": "opencv-python-headless",
    "dateutil": "python-dateutil",
    "google": "google-cloud-storage, or another google-cloud package",
    "sklearn": "scikit-learn",
    "skimage": "scikit-image",
    "yaml": "PyYAML",
}


def load_function(spec: StepSpec) -> Callable[..., Any]:
    """Import the entry point's module from the user's sources and return its function.

    :raises EntryPointError: if there is no such file, module or function, or it cannot be called.
    :raises MissingRequirementError: if the module imports what the environment does not have.
    :raises UserCodeError: if the module itself raises.
    """
    add_source_roots(spec)
    module = _import(spec)
    missing = object()
    function = getattr(module, spec.function, missing)
    if function is missing:
        known = sorted(
            name
            for name, value in vars(module).items()
            if callable(value) and not name.startswith("_") and getattr(value, "__module__", None) == spec.module
        )
        raise EntryPointError(
            f"The 'entry_point' field names the function {spec.function!r}, but {spec.source_name} has none of that "
            f"name. Functions there: {join_names(known)}.{did_you_mean(spec.function, known)} "
            f'Correct entry_point="{os.path.basename(spec.source_path) or spec.module}:{spec.function}", or add '
            "the function."
        )
    if not callable(function):
        raise EntryPointError(
            f"The 'entry_point' field names {spec.function!r} in {spec.source_name}, but that is "
            f"{of_type(function)}, which cannot be called. Name a function."
        )
    return function


def describe_function(spec: StepSpec, function: Callable[..., Any]) -> str:
    """What messages call the function, as "function 'clean' in etl/steps.py:12"."""
    code = getattr(_unwrapped(function), "__code__", None)
    line = f":{code.co_firstlineno}" if code and _is_file(code.co_filename, spec) else ""
    return f"function {spec.function!r} in {spec.source_name}{line}"


def add_source_roots(spec: StepSpec) -> None:
    """Put the source roots in front of `sys.path`, the first one first."""
    roots = [os.path.normpath(os.path.join(spec.sources, root)) for root in spec.source_roots]
    sys.path[:0] = [root for root in roots if root not in sys.path]


def missing_requirement(err: ModuleNotFoundError, spec: StepSpec) -> MissingRequirementError:
    """The error to raise for an import of the user's that found nothing."""
    name = err.name or "?"
    top = name.split(".")[0]
    where = last_user_line(err, spec.sources) or spec.source_name
    if _is_first_party(top, spec):
        return MissingRequirementError(
            f"{where} imports {name!r}, but that module of your sources is not in the step's sandbox. "
            "Add a `python_sources` target for its file and, if Pants does not infer it, name that target in the "
            "`dependencies` field of the step; or correct the import."
        )
    if name != top and sys.modules.get(top):
        return MissingRequirementError(
            f"{where} imports {name!r}, but the {top!r} that the step's environment has lacks that. "
            "Correct the import, or the version of the requirement, and run `pants generate-lockfiles`."
        )
    distribution = _DISTRIBUTIONS.get(top, top)
    return MissingRequirementError(
        f"{where} imports {name!r}, but the step's environment has no such module. "
        f'Add python_requirement(name="{top}", requirements=["{distribution}"]) to the resolve of the step and, if Pants '
        "does not infer it, name that target in the `dependencies` field of the step; then run "
        "`pants generate-lockfiles`. If it is a module of your own, add a `python_sources` target for its file."
    )


def _import(spec: StepSpec) -> Any:
    if spec.source_path and not os.path.isfile(os.path.join(spec.sources, spec.source_path)):
        raise EntryPointError(
            f"The 'entry_point' field names the file {spec.source_path}, but the step's sources have no such file. "
            "Correct the field, and see that a `python_sources` target owns the file."
        )
    try:
        # Not importlib.import_module, whose own frames would stand in the traceback of a module that raises.
        __import__(spec.module)
        return sys.modules[spec.module]
    except ModuleNotFoundError as err:
        if err.name and (spec.module + ".").startswith(err.name + ".") and not last_user_line(err, spec.sources):
            raise EntryPointError(
                f"The 'entry_point' field names the module {spec.module!r}, but no source root has it: {err}. "
                f"The source roots are {join_names(spec.source_roots)}, and the file is {spec.source_path or 'not known'}. "
                "Correct the field, or the source roots (`pants roots`)."
            ) from err
        raise missing_requirement(err, spec) from err
    except (Exception, SystemExit) as err:
        what = f"module {spec.module!r} in {spec.source_name}"
        raise UserCodeError(what=what, original=err, sources=spec.sources) from err


def _is_first_party(name: str, spec: StepSpec) -> bool:
    paths = [os.path.join(spec.sources, root, name) for root in spec.source_roots]
    return any(os.path.isdir(path) or os.path.isfile(path + ".py") for path in paths)


def _unwrapped(function: Any) -> Any:
    while hasattr(function, "__wrapped__"):
        function = function.__wrapped__
    return function


def _is_file(filename: str, spec: StepSpec) -> bool:
    return os.path.abspath(filename) == os.path.join(spec.sources, os.path.normpath(spec.source_path))
