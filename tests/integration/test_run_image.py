"""The image that `pipeline_image` is the recipe of runs pipelines without any network, since all is in it."""

from __future__ import annotations

import json
import os
import re
import shutil
from pathlib import Path
from typing import Dict, List, Sequence

import pytest

from containers import IF_CONTAINERS
from harness import Repository, file_above, name_of
from image_build import Image, base_image, built, ignored
from pod_machines import node_at

pytestmark = pytest.mark.skipif(
    "WOMBAT_TEST_ALL_SYSTEMS" not in os.environ, reason="sets Pants up anew, which takes minutes; WOMBAT_TEST_ALL_SYSTEMS=1"
)

FILES = {
    "shop/BUILD": """
        python_sources()
        python_requirement(name="threadpoolctl", requirements=["threadpoolctl"])
        dataset(name="orders", source="orders.csv", contract="orders.odcs.yaml")
        dataset(name="by_shop", format="jsonl")
        dataset(name="shouted", format="text")
        dataset(name="stamped", format="text")
        pipeline_step(name="count", entry_point="steps.py:count", inputs=[":orders"], outputs=[":by_shop"])
        shell_command(name="upper", command='tr a-z A-Z < "$WOMBAT_INPUT_BY_SHOP" > "$WOMBAT_OUTPUT_SHOUTED"', tools=["tr"])
        pipeline_step(name="shout", run=":upper", inputs=[":by_shop"], outputs=[":shouted"])
        pex_binary(name="program", entry_point="program.py")
        pipeline_step(name="stamp", run=":program", inputs=[":shouted"], outputs=[":stamped"])
        pipeline(name="pipeline", outputs=[":stamped"])
        pipeline_image(name="image", prepare=["shop:pipeline"], env_vars=ENV_VARS)
    """,
    "shop/orders.csv": "shop,cups\nnorth,3\nsouth,1\nnorth,2\n",
    "shop/orders.odcs.yaml": """
        apiVersion: v3.1.0
        kind: DataContract
        id: orders
        version: 1.0.0
        status: active
        schema:
          - name: orders
            properties:
              - {name: shop, logicalType: string, required: true}
              - {name: cups, logicalType: integer, required: true}
    """,
    "shop/steps.py": """
        import threadpoolctl

        def count(orders: list) -> list:
            shops = sorted({order["shop"] for order in orders})
            return [{"shop": s, "cups": sum(int(o["cups"]) for o in orders if o["shop"] == s)} for s in shops]
    """,
    "shop/program.py": """
        import os, threadpoolctl
        from pathlib import Path

        text = Path(os.environ["WOMBAT_INPUT_SHOUTED"]).read_text()
        Path(os.environ["WOMBAT_OUTPUT_STAMPED"]).write_text(text.replace("NORTH", threadpoolctl.__name__))
    """,
}
RUN = ["sh", "-c", "exec ./pants --wombat-output-format=json run-pipelines shop:pipeline >record.json"]
# Nothing listens there.
NO_INDEX = {name: "http://127.0.0.1:9/simple" for name in ("PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL")}


def offline(image: Image, words: Sequence[str]) -> str:
    """Run a command with neither a network nor a package index."""
    return image.run(words, directory="/repo", more=NO_INDEX, has_network=False)


@IF_CONTAINERS
def test_an_image_as_the_recipe_says_runs_the_pipeline_without_a_network(
    repository: Repository, plugins: Path, pythons: List[Path], tmp_path: Path
) -> None:
    # What this machine needs to reach a package index, the base image of a company would have.
    certificates = {name: os.environ[name] for name in ("PIP_CERT",) if name in os.environ}
    lock = re.search(r"(?ms)^threadpoolctl==.*?(?=^\S|\Z)", file_above("3rdparty/python/examples.lock").read_text())
    assert lock is not None
    repository.write({path: text.replace("ENV_VARS", repr(certificates)) for path, text in FILES.items()})
    repository.write({"3rdparty/requirements.lock": lock.group(), ".env": "PASSWORD=secret\n"})
    repository.pants("generate-configs", "shop:image").succeeded()
    recipe = (repository.path / "shop/Dockerfile").read_text()
    kept_out = (repository.path / "shop/Dockerfile.dockerignore").read_text()
    (tmp_path / "checkout").mkdir()
    checkout = Path(node_at(tmp_path / "checkout", repository, plugins).image["/repo"])
    context = tmp_path / "context"
    shutil.copytree(checkout, context, symlinks=True, ignore=ignored(kept_out, checkout))
    base = base_image(tmp_path / "image", pythons)
    unprepared: Dict[str, Image] = {}

    def before(arguments: str, image: Image) -> None:
        if "prepare-steps" in arguments:
            unprepared["image"] = image.copy(tmp_path / "unprepared")

    image = built(recipe, base, context, arguments={}, before=before)
    assert not {".git", ".env", ".pids", "BUILD_ROOT"} & set(os.listdir(image.path("/repo")))
    container = image.copy(tmp_path / "container")
    offline(container, RUN)
    again = offline(container, ["./pants", "run", "shop:pipeline"])
    with pytest.raises(AssertionError, match="onnection|resol"):
        offline(unprepared["image"], RUN)

    record = json.loads((container.path("/repo") / "record.json").read_text())
    assert {name_of(step["address"]): step["source"] for step in record["steps"]} == dict.fromkeys(
        ["count", "shout", "stamp"], "ran"
    )
    assert "3 steps: 3 cached" in again, "as jobs run it"
