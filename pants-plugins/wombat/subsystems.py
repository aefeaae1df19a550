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


class Environment(Enum):
    """How strictly contracts are enforced."""

    DEVELOPMENT = "development"
    PRODUCTION = "production"


class WombatSubsystem(Subsystem):
    """Options that hold for all goals that build datasets."""

    options_scope = "wombat"
    help = "Data pipelines as targets: datasets, the steps that make them, and the pipelines that deliver them."

    environment = EnumOption(
        default=Environment.DEVELOPMENT,
        help=help_text(
            """
            How strictly contracts are enforced. In `development` a violation is a warning, and of large data the rules
            of content are checked on a sample ([wombat-contracts].sample_rows). In `production` everything is read, and
            a violation of severity error stops what depends on the dataset. A contract can say otherwise for each of
            its rules. The results of steps are the same in both, and are shared.

            Set it where production runs, as in `pants.ci.toml`, or by the variable PANTS_WOMBAT_ENVIRONMENT.
            """
        ),
    )

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
    summary_file = StrOption(
        default=None,
        help=help_text(
            """
            A file to which each run adds its summary as a table in Markdown, absolute or relative to the build root.
            CI systems show such a file with a job. Default: none.

            Example:

                PANTS_WOMBAT_SUMMARY_FILE="$GITHUB_STEP_SUMMARY" ./pants run-pipelines ::
            """
        ),
    )
    junit_file = StrOption(
        default=None,
        help=help_text(
            """
            A file to which each run writes a JUnit report, absolute or relative to the build root: a test case for each
            step, and for each dataset that was held against its contract. CI systems show it with a merge request.
            Default: none.

            Example:

                ./pants run-pipelines --wombat-junit-file=dist/junit.xml ::
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
        default=["CPython>=3.11,<3.14"],
        advanced=True,
        help=help_text(
            """
            The Python interpreters that may run the plugin's own program for contracts and previews. It has
            requirements of its own, so it need not be the interpreter of any step.
            """
        ),
    )


class ContractsSubsystem(Subsystem):
    """Options for data contracts."""

    options_scope = "wombat-contracts"
    help = "Data contracts: what is promised of datasets, and what is done where a promise is not kept."

    base = StrOption(
        default=None,
        help=help_text(
            """
            A git revision that the goal `check` compares contracts with: it tells which changes break consumers, names
            them, and sees that the version of the contract moves accordingly. Default: none, and nothing is compared.
            In CI it is the merge base with the main branch.

            Example:

                ./pants check --wombat-contracts-base=$(git merge-base HEAD origin/main) ::
            """
        ),
    )
    sample_rows = IntOption(
        default=1_000_000,
        help=help_text(
            """
            In development, data of more rows than this is large: the rules of content are checked on a sample of about
            as many rows, while names, types and the number of rows are those of all the data. 0 reads everything.
            """
        ),
    )
    memory_mib = IntOption(
        default=256,
        advanced=True,
        help=help_text(
            """
            The memory in MiB that the validation of a dataset may take for rows; what does not fit is spilled to the
            disk. The program itself takes about 150 MiB besides, and to look for values that are there twice 64 MiB more.
            """
        ),
    )


class StoreSubsystem(Subsystem):
    """Options for the artifact store."""

    options_scope = "wombat-store"
    help = "The artifact store: published versions of datasets, kept until a policy says otherwise."

    url = StrOption(
        default=".wombat/store",
        help=help_text(
            """
            Where published versions are kept: a directory, absolute or relative to the build root, or
            `gs://bucket/prefix` in Google Cloud Storage. There, credentials are found the standard way
            (GOOGLE_APPLICATION_CREDENTIALS, or those of the machine), and STORAGE_EMULATOR_HOST points at an emulator.
            """
        ),
    )
    project = StrOption(
        default=None,
        help=help_text(
            """
            What datasets of this repository are called in the store, before their address: `project//path:name`.
            Several repositories can share a store. Default: the name of the git remote `origin`, without `.git`, or
            else that of the directory of the repository.
            """
        ),
    )
    imports_lock = StrOption(
        default="imports.lock.json",
        advanced=True,
        help="The lock file of imports, relative to the build root. `update-imports` writes it; it belongs into git.",
    )
    keep_last = IntOption(
        default=10,
        help=help_text(
            """
            How many versions of each dataset `collect-garbage` keeps at least, the newest ones. A dataset's own
            `keep_last` goes before.
            """
        ),
    )
    keep_days = IntOption(
        default=90,
        help=help_text(
            """
            How many days after its publication `collect-garbage` keeps a version at least. A dataset's own `keep_days`
            goes before.
            """
        ),
    )
    grace_hours = IntOption(
        default=24,
        advanced=True,
        help=help_text(
            """
            How many hours `collect-garbage` leaves anything alone that was written or used by a publication: longer
            than any publication takes.
            """
        ),
    )


class DeploymentSubsystem(Subsystem):
    """Options for generated configurations."""

    options_scope = "wombat-deployment"
    help = "Generated configurations: workflows of CI systems, manifests of Kubernetes, modules of schedulers."

    launcher = StrOption(
        default=None,
        help=help_text(
            """
            The command that starts Pants in the root of the repository, as jobs call it. Default: `./pants` if there
            is such a file, otherwise `pants`.
            """
        ),
    )
