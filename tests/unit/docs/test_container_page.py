"""The page on containers quotes the recipe that is generated for the examples, as a whole."""

from __future__ import annotations

import re

from harness import file_above


def test_the_page_shows_the_recipe_of_the_example() -> None:
    page = file_above("docs/how-to/run-in-a-container.md").read_text()
    recipe = file_above("examples/flights/deploy/image/Dockerfile").read_text()

    (shown,) = re.findall(r"(?ms)^```dockerfile\n(.*?)^```$", page)

    assert shown == recipe[recipe.index("FROM ") :]


def test_the_page_shows_the_target_of_the_example() -> None:
    page = file_above("docs/how-to/run-in-a-container.md").read_text()
    lines = file_above("examples/flights/BUILD.deployments").read_text().splitlines()

    (shown,) = re.findall(r"(?m)^pipeline_image\(.*output=.*\)$", page)

    assert shown in lines
