"""What targets of several types share."""

from __future__ import annotations

from pants.engine.target import StringField
from pants.util.strutil import help_text


class VariantField(StringField):
    alias = "variant"
    help = help_text(
        """
        A label that tells apart the variants of a parametrized target. Default: none.

        In `inputs`, `outputs` and `params` of the same target, `{variant}` stands for it. A parametrized step that
        names a parametrized dataset without saying which gets the one with the same label.

        Example:

            dataset(name="sales", variant=parametrize("de", "fr"), format="parquet")
            pipeline_step(
                name="make_sales",
                variant=parametrize("de", "fr"),
                entry_point="steps.py:make_sales",
                outputs=[":sales"],
                params={"country": "{variant}"},
            )
        """
    )
