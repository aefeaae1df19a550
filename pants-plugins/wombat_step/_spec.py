"""The step spec (`step.json`, version 1), which says what to call with what."""

from __future__ import annotations

import os

from wombat_step._errors import SpecError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

VERSION = 1
TABULAR_FORMATS = ("parquet", "csv", "jsonl", "arrow")
FORMATS = (*TABULAR_FORMATS, "json", "text", "file", "directory")


class InputSpec:
    """A dataset that the step reads: one file, or a directory of files."""

    __slots__ = ("format", "parameter", "path", "relpath")

    def __init__(self, *, parameter: str, format: str, relpath: str, sandbox: str) -> None:
        self.parameter = parameter
        self.format = format
        self.relpath = relpath  # Relative to the sandbox, for messages.
        self.path = os.path.join(sandbox, relpath)


class OutputSpec:
    """A dataset that the step writes."""

    __slots__ = ("format", "index", "name", "path")

    def __init__(self, *, index: int, name: str | None, format: str, path: str) -> None:
        self.index = index
        self.name = name
        self.format = format
        self.path = path

    @property
    def label(self) -> str:
        """What messages call the output: its name, or else its number."""
        return repr(self.name) if self.name else f"number {self.index + 1}"


class StepSpec:
    """What a step calls, reads and writes, with paths inside one sandbox."""

    __slots__ = (
        "env",
        "function",
        "inputs",
        "module",
        "outputs",
        "params",
        "sandbox",
        "scratch",
        "source_path",
        "source_roots",
    )

    def __init__(self, document: Mapping[str, Any], sandbox: str, *, scratch: str | None = None) -> None:
        """
        :param document: `step.json`, read.
        :param sandbox: the absolute path of the step's sandbox.
        :param scratch: a directory where all files are the step's own, so that they may be moved.
        :raises SpecError: if the document is not a step spec of a version that this package knows.
        """
        version = document.get("version")
        if version != VERSION:
            raise SpecError(
                f"The key `version` in step.json must be {VERSION}, but was {version!r}. "
                "It is written by another version of Wombat than runs it: install one version of both."
            )
        try:
            # A step whose code is a program has no entry point; see `_program.py`.
            entry_point = document["entry_point"] or {"module": "", "function": "", "path": ""}
            self.sandbox = sandbox
            self.scratch = scratch
            self.module: str = entry_point["module"]
            self.function: str = entry_point["function"]
            self.source_path: str = entry_point["path"]
            self.source_roots: list[str] = list(document["source_roots"])
            self.inputs = [
                InputSpec(parameter=one["parameter"], format=one["format"], relpath=one["path"], sandbox=sandbox)
                for one in document["inputs"]
            ]
            self.outputs = [
                OutputSpec(index=i, name=one["name"], format=one["format"], path=os.path.join(sandbox, one["path"]))
                for i, one in enumerate(document["outputs"])
            ]
            self.params: dict[str, Any] = dict(document["params"])
            self.env: dict[str, str] = dict(document.get("env") or {})
        except (KeyError, TypeError, AttributeError, ValueError) as err:
            raise SpecError(
                f"step.json is not a step spec of version {VERSION}: {type(err).__name__}: {err}. "
                "Wombat writes this file itself, so please report this as a bug."
            ) from err
        self._check()

    @property
    def source_name(self) -> str:
        """What messages call the code: its file, or its module where that is no file of the user's."""
        return self.source_path or f"the module {self.module}"

    @property
    def sources(self) -> str:
        """The directory of the user's sources."""
        return os.path.join(self.sandbox, "src")

    def _check(self) -> None:
        formats = {f"inputs[{i}]": one.format for i, one in enumerate(self.inputs)}
        formats.update({f"outputs[{i}]": one.format for i, one in enumerate(self.outputs)})
        for key, format in formats.items():
            if format not in FORMATS:
                raise SpecError(
                    f"The key `{key}.format` in step.json must be one of {', '.join(FORMATS)}, but was {format!r}. "
                    "Correct the `format` field of the dataset target."
                )
        for i, output in enumerate(self.outputs):
            # What is in its directory is removed before a run.
            if not os.path.dirname(output.path).startswith(os.path.join(self.sandbox, "out") + os.sep):
                raise SpecError(
                    f"The key `outputs[{i}].path` in step.json must be below out/{i}/, but leads to {output.path}. "
                    "Wombat writes this file itself, so please report this as a bug."
                )
        for i, one in enumerate(self.inputs):
            # The parameter names a directory, too, so it must not lead out of the sandbox.
            if not one.parameter or one.parameter in (".", "..") or "/" in one.parameter or "\0" in one.parameter:
                raise SpecError(
                    f"The key `inputs[{i}].parameter` in step.json must be the name of a parameter, but was "
                    f'{one.parameter!r}. Correct it in the step\'s `inputs` field: inputs={{"name": "<dataset>"}}.'
                )
