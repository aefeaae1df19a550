"""The target type of the package that steps can import."""

from __future__ import annotations

from pants.engine.target import COMMON_TARGET_FIELDS, SingleSourceField, Target
from pants.util.strutil import help_text


class StepLibrarySourceField(SingleSourceField):
    # No file of the repository: the source is the plugin's own copy of the package (see rules/step_library.py).
    required = False
    default = None
    expected_num_files = range(0, 1)
    help = "No file: the plugin generates the package."


class StepLibraryTarget(Target):
    alias = "wombat_step_library"
    core_fields = (*COMMON_TARGET_FIELDS, StepLibrarySourceField)
    help = help_text(
        """
        The package `wombat_step` that steps can import. The plugin declares this target by itself, in the root of
        the repository, so that imports are found and types are checked; nobody writes it in a BUILD file.
        """
    )
