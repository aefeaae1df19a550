"""The plugin in a repository that only names it: installed as a wheel, with nothing of its sources."""

from __future__ import annotations

from pathlib import Path
from typing import Iterator

import pytest

from harness import Repository, file_above

TYPED = '''
from typing import Any, Dict, List

from wombat_step import OutputPath, log_metrics, step


@step
def double(rows: List[Dict[str, Any]], log: OutputPath) -> List[Dict[str, Any]]:
    log_metrics(rows=len(rows))
    log.write_text("doubled")
    return [{"v": row["v"] * 2} for row in rows]
'''


@pytest.fixture
def elsewhere(tmp_path: Path, plugins: Path) -> Iterator[Repository]:
    """A second repository, which gets the plugin from a wheel."""
    # Pants lays what it packaged for the test beside it; for plain pytest it lies in dist/.
    (wheel,) = [*Path.cwd().glob("wombat_pants-*.whl"), *Path.cwd().glob("dist/wombat_pants-*.whl")]
    repository = Repository(tmp_path / "elsewhere", plugins=plugins, store=tmp_path / "store")
    toml = (repository.path / "pants.toml").read_text()
    toml = toml.replace(f'pythonpath = ["{plugins}"]', f'plugins = ["wombat-pants=={wheel.name.split("-")[1]}"]')
    toml = toml.replace('"wombat"]', '"wombat", "pants.backend.python.typecheck.mypy"]')
    toml += f'\n[python-repos]\nfind_links = ["file://{wheel.parent}"]\n\n[mypy]\ninstall_from_resolve = "mypy"\n'
    toml = toml.replace("[python.resolves]", '[python.resolves]\nmypy = "3rdparty/mypy.lock"')
    (repository.path / "pants.toml").write_text(toml)
    (repository.path / "3rdparty/mypy.lock").write_text(file_above("3rdparty/tools/mypy.lock").read_text())
    (repository.path / "mypy.ini").write_text("[mypy]\nstrict = true\n")
    yield repository
    repository.kill_daemon()


def test_an_installed_plugin_works_the_same(elsewhere: Repository) -> None:
    elsewhere.write(
        {
            "p/BUILD": """
                python_sources()
                dataset(name="raw", source="raw.jsonl")
                dataset(name="doubled", format="jsonl")
                dataset(name="log", format="text")
                pipeline_step(
                    name="double", entry_point="steps.py:double", inputs={"rows": ":raw"}, outputs=[":doubled", ":log"]
                )
                pipeline(name="pipeline", outputs=[":doubled"])
            """,
            "p/raw.jsonl": '{"v": 1}\n',
            "p/steps.py": TYPED,
        }
    )

    ran = elsewhere.run("p:pipeline").succeeded()
    shown = elsewhere.pants("run", "p:doubled").succeeded()
    checked = elsewhere.pants("check", "p::").succeeded()
    dependencies = elsewhere.pants("dependencies", "p/steps.py").succeeded()
    (elsewhere.path / "p/steps.py").write_text(TYPED.replace("log.write_text", "log.write_words"))
    wrong_type = elsewhere.pants("check", "p::")

    assert ran.ran == ["double"]
    assert ran.record["steps"][0]["metrics"] == {"rows": 1}
    assert "unowned" not in ran.stderr
    assert "v" in shown.stdout
    assert "Success" in checked.text
    assert dependencies.stdout.split() == ["//:wombat_step"]
    wrong_type.failed("p/steps.py", "write_words")
