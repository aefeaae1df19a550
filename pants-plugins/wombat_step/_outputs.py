"""Gets the step's outputs out of what the function returned and wrote."""

from __future__ import annotations

import os

from wombat_step._errors import OutputError, did_you_mean, join_names, of_type, short_repr
from wombat_step._isolate import copy_file, has_other_names, remove_tree, replace_links, walk
from wombat_step._spec import OutputSpec
from wombat_step._target import Target
from wombat_step._verify import verify_file
from wombat_step._write import write_value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any

    from wombat_step._spec import StepSpec
    from wombat_step._write import Shape

# Outputs are equal if their content is, so their permissions must be, too.
_MODE = 0o644


def prepare_outputs(outputs: Iterable[OutputSpec]) -> None:
    """Make the directories that outputs are written to, empty: an earlier attempt of the step may have written there."""
    for output in outputs:
        remove_tree(os.path.dirname(output.path))
        os.makedirs(output.path if output.format == "directory" else os.path.dirname(output.path), exist_ok=True)


def write_outputs(spec: StepSpec, returned: Any, *, written: Sequence[OutputSpec], what: str) -> list[dict[str, Any]]:
    """Write what was returned, check what the function wrote itself, and report each output in order.

    :param written: the outputs whose path the function got.
    :param what: what messages call the function.
    :raises OutputError: if an output was not produced, or cannot be of its format.
    """
    rest = [one for one in spec.outputs if one not in written]
    values = _assign(returned, rest, written, what)
    paths = [os.path.realpath(value) for _, value in values if hasattr(type(value), "__fspath__")]
    may_move = not _overlap(paths)
    shapes: dict[int, Shape] = {}
    for output, value in values:
        shapes[output.index] = write_value(Target(output, spec, what=what), value, may_move=may_move)
    for output in written:
        shapes[output.index] = _check_written(Target(output, spec, what=what))
    return [_report(Target(output, spec, what=what), shapes[output.index]) for output in spec.outputs]


def _assign(
    returned: Any, outputs: list[OutputSpec], written: Sequence[OutputSpec], what: str
) -> list[tuple[OutputSpec, Any]]:
    """Which of the returned values is which output."""
    if not outputs:
        _check_nothing_returned(returned, written, what)
        return []
    if len(outputs) == 1:
        return [(outputs[0], _only(returned, outputs[0]))]
    names = [one.name for one in outputs]
    fields = getattr(type(returned), "_fields", None)
    if fields and set(fields) == set(names):  # A named tuple says itself which is which.
        returned = returned._asdict()
    if isinstance(returned, dict):
        return _by_name(returned, outputs, what)
    expected = f"{len(outputs)} outputs ({join_names(one.label for one in outputs)})"
    if not isinstance(returned, (tuple, list)):
        raise OutputError(
            f"{_capital(what)} must return {expected}, but returned {of_type(returned)}, {short_repr(returned)}. "
            "Return a tuple of them in this order, or a dict by their names."
        )
    if len(returned) != len(outputs):
        raise OutputError(
            f"{_capital(what)} must return {expected}, but returned {len(returned)} values. "
            "Return one for each in this order, or correct the `outputs` field of the step."
        )
    return list(zip(outputs, returned))


def _only(returned: Any, output: OutputSpec) -> Any:
    # In JSON these are values; in the other formats they can only be meant as containers of the one output.
    if output.format != "json":
        if isinstance(returned, dict) and output.name and list(returned) == [output.name]:
            return returned[output.name]
        if isinstance(returned, tuple) and len(returned) == 1:
            return returned[0]
    return returned


def _by_name(returned: dict[Any, Any], outputs: list[OutputSpec], what: str) -> list[tuple[OutputSpec, Any]]:
    names = [one.name for one in outputs if one.name]
    problems = []
    if len(names) < len(outputs):
        problems.append("not all of its outputs have names. Return a tuple of them, in order, or name them")
    else:
        problems += [
            f"the key {key!r} is no output.{did_you_mean(str(key), names)}" for key in returned if key not in names
        ]
        problems += [f"the output {name!r} is missing" for name in names if name not in returned]
    if problems:
        raise OutputError(
            f"{_capital(what)} returned a dict, but {'; '.join(problems)}. "
            f"Outputs to return: {join_names(one.label for one in outputs)}. Correct the keys, or the `outputs` field of "
            "the step."
        )
    return [(one, returned[one.name]) for one in outputs]


def _check_nothing_returned(returned: Any, written: Sequence[OutputSpec], what: str) -> None:
    # To return the paths that were written is a habit of many, and says nothing new.
    paths = {one.path for one in written}
    several = returned if isinstance(returned, (tuple, list)) else [returned]
    if returned is None or all(hasattr(type(one), "__fspath__") and os.fspath(one) in paths for one in several):
        return
    raise OutputError(
        f"{_capital(what)} returned {of_type(returned)}, {short_repr(returned)}, but all outputs of the step "
        f"({join_names(one.label for one in written)}) are written to paths. Return nothing, or add an output for the value "
        "to the `outputs` field of the step."
    )


def _check_written(target: Target) -> Shape:
    label, path, format = target.output.label, target.path, target.format
    if format == "directory":
        if not os.path.isdir(path):
            raise OutputError(
                f"Output {label} was not produced: {target.what} got the path of a directory, which is none any more. "
                "Write files into it."
            )
        return None, None
    if not os.path.lexists(path):
        raise OutputError(
            f"Output {label} was not produced: {target.what} got a path to write it to, but no file is there. "
            "Write it to exactly the path that the parameter holds, or return the value and take out the parameter."
        )
    if not os.path.isfile(path):
        what = "a directory" if os.path.isdir(path) else "no regular file"
        raise target.refused(
            f"what was written to its path is {what}.",
            'Write one file, or declare the dataset with format="directory".',
        )
    if os.path.islink(path) or has_other_names(path):
        copy = f"{path}.copy"
        copy_file(path, copy)
        os.replace(copy, path)
    return verify_file(target)


def _report(target: Target, shape: Shape) -> dict[str, Any]:
    rows, columns = shape
    files = None
    if target.format == "directory":
        files = _flatten(target)
    else:
        os.chmod(target.path, _MODE)
    return {"rows": rows, "columns": columns, "files": files}


def _flatten(target: Target) -> list[str]:
    """Move the files of a directory output beside each other, as `000000`, `000001` ..., and return their real names.

    Trees are not kept by all cache servers, and file names are not always what they can hold.
    """
    try:
        replace_links(target.path)
        found = [path for path, is_directory in walk(target.path) if not is_directory]
    except OSError as err:
        raise target.refused(f"{err}.", "Leave regular files and directories in it only.") from err
    if not found:
        raise OutputError(
            f"Output {target.output.label} was not produced: {target.what} left its directory empty. "
            "Write at least one file into it."
        )
    names = [os.path.relpath(path, target.path) for path in found]
    for name in names:
        try:
            name.encode("utf-8")
        except UnicodeEncodeError as err:
            raise target.refused(f"the name of the file {name!r} is not UTF-8.", "Rename the file.") from err
    names.sort()
    base = os.path.dirname(target.path)
    moved = []
    for number, name in enumerate(names):
        source, goal = os.path.join(target.path, name), os.path.join(base, f"{number:06d}")
        os.replace(source, goal)
        os.chmod(goal, _MODE)
        moved.append(name.replace(os.sep, "/"))
    for directory, _, _ in os.walk(target.path, topdown=False):  # Only empty ones are left.
        os.rmdir(directory)
    return moved


def _overlap(paths: list[str]) -> bool:
    ordered = sorted(paths)
    return any(after == before or after.startswith(before + os.sep) for before, after in zip(ordered, ordered[1:]))


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
