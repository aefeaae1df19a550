"""Writes docs/reference/targets.md, options.md and goals.md from the help texts of the plugin.

Run it where the plugin and Pants can be imported (CONTRIBUTING.md has the command). With `--check` it writes nothing,
prints what would change, and ends with 1 if anything would.
"""

from __future__ import annotations

import argparse
import difflib
import enum
import importlib
import inspect
import pkgutil
import re
import sys
import textwrap
from pathlib import Path
from typing import Any, Dict, Iterator, List, Sequence, Tuple, Type

from pants.engine.goal import GoalSubsystem
from pants.engine.target import Field, Target
from pants.option.option_types import collect_options_info
from pants.option.subsystem import Subsystem

import wombat.goals
from wombat import subsystems
from wombat.target_types import StepLibraryTarget, target_types

COMMAND = "PYTHONPATH=pants-plugins python docs/generate_reference.py"
OUTPUT = Path(__file__).resolve().parent / "reference"

_OWN_PACKAGE = "wombat"
_HEAD = f"<!-- GENERATED from the help texts of the plugin by `{COMMAND}`. Do not edit. -->\n"
_SENTENCE_END = re.compile(r"(?<=[a-z0-9`)\]\"'])(?<!e\.g)\. (?=[A-Z0-9`])")
_PAGE_HERE = re.compile(r"docs/reference/([\w-]+\.md)")

_GOALS_OF_PANTS = """\
## Goals of Pants that know pipelines

| command | does |
| --- | --- |
| `./pants run path:pipeline` | builds everything that the pipeline delivers and prints a summary |
| `./pants run path:step` | builds the step and what it needs, and prints a summary |
| `./pants run path:dataset` | builds the dataset and shows its columns, types, number of rows and first rows |
| `./pants run ::pipeline` | runs every pipeline here and below: the launcher's word for the goal `run-pipelines` |
| `./pants package path:dataset` | builds the dataset and writes it to `dist/` |
| `./pants package path:pipeline` | builds the pipeline and writes what it delivers to `dist/` |
| `./pants tailor ::` | proposes a `dataset` for a data file that has none, a `pipeline_step` for a function marked `@step` |
| `./pants check ::` | also sees that contracts are right, promise what steps need, and break nobody without a new version |
| `./pants export-codegen ::data_contract` | writes the Python types of contracts to `dist/codegen` |
| `./pants list ::dataset` | lists every dataset: the launcher's word for `--filter-target-type=dataset list ::` |

`./pants run` and `./pants run-pipelines` take parameters for one run after `--`, as `step.parameter=value`.
`list`, `dependencies`, `dependents`, `peek` and `filter` take datasets, steps and pipelines like all targets.
So do the options `--changed-since` and `--filter-target-type`.
"""


def help_of(documented: Any) -> str:
    """The help text of a target type, field or subsystem, or an option's, as one paragraph a line."""
    text = documented.help if inspect.isclass(documented) else documented
    return str(text() if callable(text) else text).strip()


def markdown_of(text: str) -> str:
    """A help text as Markdown: one sentence a line, indented examples as blocks of code."""
    blocks: List[str] = []
    for block in re.split(r"\n\s*\n", text):
        lines = block.split("\n")
        if all(line.startswith("    ") for line in lines):
            code = textwrap.dedent(block)
            language = "console" if code.startswith("./pants") else "python"
            body = code.replace("./pants", "$ ./pants") if language == "console" else code
            blocks.append(f"```{language}\n{body}\n```")
        else:
            paragraph = " ".join(line.strip() for line in lines)
            blocks.append(_PAGE_HERE.sub(r"[\1](\1)", _SENTENCE_END.sub(".\n", paragraph)))
    return "\n\n".join(blocks)


def is_own(documented: Type[Any]) -> bool:
    """Whether a class is the plugin's, and not one of Pants that it uses."""
    return documented.__module__.partition(".")[0] == _OWN_PACKAGE


def documented_targets() -> Tuple[Type[Target], ...]:
    """The target types that people write in BUILD files."""
    return tuple(target for target in target_types() if target is not StepLibraryTarget)


def own_fields(target: Type[Target]) -> Tuple[Type[Field], ...]:
    """The fields of a target type that the plugin defines."""
    return tuple(field for field in target.core_fields if is_own(field))


def own_subsystems() -> Tuple[Type[Subsystem], ...]:
    """The option scopes of the plugin that are no goals."""
    found = (value for value in vars(subsystems).values() if inspect.isclass(value))
    return tuple(value for value in found if issubclass(value, Subsystem) and is_own(value))


def own_goals() -> Tuple[Type[GoalSubsystem], ...]:
    """The goals of the plugin, by name."""
    found = {}
    for module in pkgutil.iter_modules(wombat.goals.__path__, "wombat.goals."):
        for value in vars(importlib.import_module(module.name)).values():
            if inspect.isclass(value) and issubclass(value, GoalSubsystem) and is_own(value):
                found[value.name] = value
    return tuple(found[name] for name in sorted(found))


def options_of(subsystem: Type[Subsystem]) -> Iterator[Tuple[str, Dict[str, Any]]]:
    """Name (without the scope) and description of each option."""
    for info in collect_options_info(subsystem):
        yield info.flag_names[-1].lstrip("-"), dict(info.flag_options)


def targets_page() -> str:
    """The page of the target types."""
    parts = [
        _HEAD,
        "# Targets\n",
        "What can stand in a BUILD file, and what each field means.",
        "`./pants help pipeline_step` prints the same in a terminal.\n",
    ]
    for target in documented_targets():
        parts += [f"## {target.alias}\n", f"{markdown_of(help_of(target))}\n"]
        for field in own_fields(target):
            parts += [f"### {target.alias}: {field.alias}\n", f"{markdown_of(help_of(field))}\n"]
            if field.required:
                parts.append("This field is required.\n")
            choices = getattr(field, "valid_choices", None)
            if choices is not None:
                parts.append(f"Choices: {_choices(choices)}.\n")
        others = sorted(f"`{field.alias}`" for field in target.core_fields if not is_own(field))
        parts += [
            f"### {target.alias}: fields as on other targets of Pants\n",
            f"{', '.join(others)}: see `./pants help {target.alias}`.\n",
        ]
    return _page(parts)


def options_page() -> str:
    """The page of the options."""
    parts = [
        _HEAD,
        "# Options\n",
        "An option stands in `pants.toml`, in the environment or on the command line; each entry names all three.",
        "`./pants help-advanced wombat` prints the same in a terminal.\n",
    ]
    for subsystem in own_subsystems():
        parts += [f"## [{subsystem.options_scope}]\n", f"{markdown_of(help_of(subsystem))}\n"]
        for name, option in options_of(subsystem):
            parts += _option_entry(subsystem.options_scope, name, option)
    return _page(parts)


def goals_page() -> str:
    """The page of the goals."""
    parts = [_HEAD, "# Goals\n", _GOALS_OF_PANTS]
    for goal in own_goals():
        parts += [f"## {goal.name}\n", f"{markdown_of(help_of(goal))}\n"]
        for name, option in options_of(goal):
            parts += _option_entry(goal.name, name, option)
    return _page(parts)


def _option_entry(scope: str, name: str, option: Dict[str, Any]) -> List[str]:
    variable = f"PANTS_{scope}_{name}".upper().replace("-", "_")
    key = f"[{scope}].{name.replace('-', '_')}"
    default = option.get("default")
    names = f"`--{scope}-{name}`, `{key}`, `{variable}`."
    told = [] if default is None or default == [] else [f"Default: {_shown(default)}."]
    kind = option.get("type")
    if inspect.isclass(kind) and issubclass(kind, enum.Enum):
        told.append(f"Choices: {_choices(kind)}.")
    if option.get("passthrough"):
        told.append("Or after `--` on the command line.")
    return [f"### {scope}: {name}\n", "\n".join([names, *told]) + "\n", f"{markdown_of(help_of(option['help']))}\n"]


def _choices(choices: Any) -> str:
    values = [choice.value if isinstance(choice, enum.Enum) else choice for choice in choices]
    return ", ".join(f"`{value}`" for value in values)


def _shown(default: Any) -> str:
    value = default.value if isinstance(default, enum.Enum) else default
    return f"`{value}`"


def _page(parts: Sequence[str]) -> str:
    return "\n".join(parts).rstrip("\n") + "\n"


def pages() -> Dict[str, str]:
    """Every generated page, by its file name."""
    return {"goals.md": goals_page(), "options.md": options_page(), "targets.md": targets_page()}


def stale(directory: Path) -> str:
    """What would change in the pages of a directory, as a unified diff; empty if nothing would."""
    diffs: List[str] = []
    for name, text in pages().items():
        path = directory / name
        found = path.read_text(encoding="utf-8") if path.exists() else ""
        lines = difflib.unified_diff(
            found.splitlines(keepends=True),
            text.splitlines(keepends=True),
            fromfile=f"{name} (as it is)",
            tofile=f"{name} (as it must be)",
        )
        diffs.extend(lines)
    return "".join(diffs)


def main(arguments: Sequence[str]) -> int:
    """Write the pages, or compare them."""
    parser = argparse.ArgumentParser(description="Writes the reference pages from the plugin's help texts.")
    parser.add_argument("--check", action="store_true", help="write nothing; print what would change")
    parser.add_argument("--directory", type=Path, default=OUTPUT, help="where the pages are")
    options = parser.parse_args(arguments)
    if options.check:
        diff = stale(options.directory)
        if diff:
            print(diff, end="")
            print(f"The reference is older than the help texts. To mend it, run: {COMMAND}", file=sys.stderr)
        return 1 if diff else 0
    for name, text in pages().items():
        (options.directory / name).write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
