"""Options of the plugin."""

from __future__ import annotations

from enum import Enum

from pants.option.option_types import BoolOption, EnumOption, IntOption, StrListOption, StrOption
from pants.option.subsystem import Subsystem
from pants.util.strutil import help_text


class OutputFormat(Enum):
    """In what form a summary is printed."""

    TEXT = "text"
    JSON = "json"


class ShowLogs(Enum):
    """Of which steps the log is printed."""

    FAILED = "failed"
    ALL = "all"
    NONE = "none"


class WombatSubsystem(Subsystem):
    """Options that hold for all goals that build datasets."""

    options_scope = "wombat"
    help = "Data pipelines as targets: datasets, the steps that make them, and the pipelines that deliver them."

    explain = BoolOption(
        default=False,
        help=help_text(
            """
            Say for each step that ran which part of its key changed since the last run record: the source file,
            requirement, interpreter, parameter or input.

            Example:

                ./pants run-pipelines --wombat-explain ::
            """
        ),
    )
    output_format = EnumOption(
        default=OutputFormat.TEXT,
        help=help_text(
            """
            In what form the summary of a run is printed: `text` for people, `json` for programs.
            The JSON is the run record, described in docs/reference/documents.md.
            """
        ),
    )
    show_logs = EnumOption(
        default=ShowLogs.FAILED,
        help=help_text(
            """
            Whose logs (what steps print to stdout and stderr) are shown after a run: of steps that `failed`, of
            `all` (those from the cache too: logs are cached with results), or of `none`.
            """
        ),
    )
    runs_dir = StrOption(
        default=".wombat/runs",
        advanced=True,
        help=help_text(
            """
            The directory for run records, relative to the build root. It gets a `.gitignore` of its own, so that
            git never sees the records.
            """
        ),
    )
    runs_kept = IntOption(
        default=100,
        advanced=True,
        help="How many run records are kept; the oldest ones are removed. 0 keeps all.",
    )
    preview_rows = IntOption(
        default=10,
        help="How many of a dataset's first rows the goal `run` shows. 0 shows columns and types only.",
    )
    tool_interpreter_constraints = StrListOption(
        default=["CPython>=3.9,<3.14"],
        advanced=True,
        help=help_text(
            """
            The Python interpreters that may run the plugin's own program for previews. It has requirements of its own,
            so it need not be the interpreter of any step.
            """
        ),
    )
