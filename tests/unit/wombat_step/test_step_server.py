"""Steps in forks of a warm server."""

from __future__ import annotations

import base64
import json
import sys
from pathlib import Path
from typing import Dict, Iterator

import pytest

from step_sandbox import Sandbox
from warm import ENVIRONMENT, Server, is_running, lay_out, wait_for


def prepare(sandbox: Sandbox, code: str) -> None:
    sandbox.source(code)
    sandbox.output(None, "json")
    (sandbox.path / "step.json").write_text(json.dumps(sandbox.spec()))


def made(sandbox: Sandbox) -> object:
    """What the step returned."""
    return json.loads((sandbox.path / "out/0/data.json").read_text())


@pytest.fixture
def server(sandbox: Sandbox) -> Iterator[Server]:
    lay_out(sandbox.path, "wombat_step")
    started = Server(sandbox.path, "wombat_step")
    yield started
    started.stop()


def test_steps_run_one_after_the_other_each_in_a_fresh_process(sandbox: Sandbox, server: Server) -> None:
    prepare(sandbox, "import os, sys\nseen = []\ndef f():\n    seen.append(1)\n    print('hello')\n    return [len(seen), os.getpid()]")

    first = server.run()
    one = made(sandbox)
    second = server.run()
    two = made(sandbox)

    assert (first.stderr, first.exit_code, second.exit_code) == (b"hello\n", 0, 0)
    assert json.loads(first.stdout)["outputs"] == [{"columns": None, "files": None, "rows": None}]
    assert isinstance(one, list) and isinstance(two, list)
    assert one[0] == two[0] == 1
    assert len({one[1], two[1], server.process.pid}) == 3


def test_a_step_that_fails_says_why(sandbox: Sandbox, server: Server) -> None:
    prepare(sandbox, "def f():\n    raise KeyError('no such order')")

    failed = server.run()

    assert failed.exit_code == 1
    assert "no such order" in json.loads(failed.stdout)["error"]["message"]


def test_a_step_that_kills_itself_takes_only_itself_along(sandbox: Sandbox, server: Server) -> None:
    prepare(sandbox, "import os\ndef f():\n    os.kill(os.getpid(), 9)")
    killed = server.run()
    sandbox.source("def f(): return 1")

    assert killed.exit_code == 137
    assert json.loads(killed.stdout)["error"]["kind"] == "StepKilledError"
    assert server.run().exit_code == 0


def test_limits_come_with_the_request(sandbox: Sandbox, server: Server) -> None:
    prepare(sandbox, "import time\ndef f():\n    time.sleep(60)")
    limits = base64.urlsafe_b64encode(json.dumps({"timeout_s": 0.2}).encode()).decode().rstrip("=")

    stopped = server.run(environment={**ENVIRONMENT, f"WOMBAT_LIMITS_{limits}": "1"})

    assert stopped.exit_code == 124
    assert json.loads(stopped.stdout)["error"]["kind"] == "StepTimeoutError"


def test_a_step_sees_the_variables_of_its_request_and_none_of_the_pool(sandbox: Sandbox, server: Server) -> None:
    prepare(sandbox, "import os\ndef f():\n    return sorted(os.environ)")
    variables: Dict[str, str] = {**ENVIRONMENT, "REGION": "eu", "PEX_ROOT": "/p", "WOMBAT_VENV": "/v", "WOMBAT_PEX": "/x"}

    assert server.run(environment=variables).exit_code == 0
    assert made(sandbox) == ["HOME", "LANG", "PATH", "REGION", "TMPDIR"]


def test_a_step_may_have_modules_that_are_called_like_those_of_the_server(sandbox: Sandbox, server: Server) -> None:
    (sandbox.path / "src" / "warm_server.py").write_text("NAME = 'mine'")
    (sandbox.path / "src" / "enter_venv.py").write_text("NAME = 'mine, too'")
    prepare(sandbox, "import enter_venv, warm_server\ndef f():\n    return [warm_server.NAME, enter_venv.NAME]")

    assert server.run().exit_code == 0
    assert made(sandbox) == ["mine", "mine, too"]


def test_the_server_loads_no_library_of_the_user(sandbox: Sandbox, server: Server) -> None:
    prepare(sandbox, "import sys\ndef f():\n    return sorted(sys.modules)")

    assert server.run().exit_code == 0
    modules = made(sandbox)
    assert isinstance(modules, list)
    assert not {"numpy", "pandas", "polars", "pyarrow"}.intersection(modules)


def test_a_client_that_leaves_takes_its_step_with_it(sandbox: Sandbox, server: Server, tmp_path: Path) -> None:
    pid_file = tmp_path / "pid"
    prepare(
        sandbox,
        f"import os, time\ndef f():\n    open('w', 'w').write(str(os.getpid()))\n    os.rename('w', {str(pid_file)!r})\n    time.sleep(60)",
    )
    connection = server.request()
    pid = int(wait_for(pid_file))
    connection.close()
    sandbox.source("def f(): return 2")

    assert server.run().exit_code == 0
    assert not is_running(pid)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux kills a step whose server is killed")
def test_a_step_ends_with_its_server(sandbox: Sandbox, server: Server, tmp_path: Path) -> None:
    pid_file = tmp_path / "pid"
    prepare(
        sandbox,
        f"import os, time\ndef f():\n    open('w', 'w').write(str(os.getpid()))\n    os.rename('w', {str(pid_file)!r})\n    time.sleep(60)",
    )
    connection = server.request()
    pid = int(wait_for(pid_file))
    server.stop()
    connection.close()

    while is_running(pid):
        pass
