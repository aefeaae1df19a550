"""What a machine has travels in the name of a variable, and what differs is told with what makes it equal."""

from __future__ import annotations

import re
from typing import Dict

import pytest

from wombat.graph.machines import machine_differences, machine_variable, machine_warning, read_machine

HERE = {
    "interpreter": "/usr/bin/python3.9",
    "release": "cpython 3.9.18",
    "requirements": "aa",
    "shell": "/bin/bash",
    "step_library": "bb",
    "tools": "cc",
}


@pytest.mark.parametrize("path", ["/usr/bin/python3.9", "/opt/pythön = 3/bin", "/caf\udce9/python"])
def test_what_a_machine_has_arrives(path: str) -> None:
    name = machine_variable({**HERE, "interpreter": path})

    assert re.fullmatch("[A-Za-z_][A-Za-z0-9_]*", name), "a shell drops what can be no name of its own"
    assert read_machine(f"HOME=/root\n{name}=3\n".encode()) == {**HERE, "interpreter": path}


@pytest.mark.parametrize(
    "printed",
    [
        b"",
        b"HOME=/root\n",
        b"WOMBAT_MACHINE_=1\n",
        b"WOMBAT_MACHINE_7=1\n",
        b"WOMBAT_MACHINE_5b5d=1\n",
        b"WOMBAT_MACHINE_ff=1\n",
    ],
)
def test_what_is_none_says_nothing_of_a_machine(printed: bytes) -> None:
    assert read_machine(printed) is None


@pytest.mark.parametrize(
    "there, told",
    [
        pytest.param({}, [], id="nothing"),
        pytest.param(
            {"interpreter": "/opt/python"}, ["/opt/python there, /usr/bin/python3.9 here", "search_path"], id="path"
        ),
        pytest.param(
            {"release": "cpython 3.9.2"}, ["cpython 3.9.2 there, cpython 3.9.18 here", "same release"], id="release"
        ),
        pytest.param({"requirements": "a2"}, ["requirements", "wheels"], id="requirements"),
        pytest.param({"shell": "/usr/bin/bash"}, ["/usr/bin/bash there, /bin/bash here"], id="shell"),
        pytest.param({"tools": "c2"}, ["tools", "[shell-setup].executable_search_paths"], id="tools"),
        pytest.param({"step_library": "b2"}, ["plugin", "pants.toml"], id="plugin"),
    ],
)
def test_a_difference_is_told_with_what_makes_it_equal(there: Dict[str, str], told: list[str]) -> None:
    found = machine_differences({**HERE, **there}, HERE)

    assert len(found) == min(1, len(told))
    assert all(word in found[0] for word in told)


def test_requirements_for_another_interpreter_are_no_difference_of_their_own() -> None:
    found = machine_differences({**HERE, "interpreter": "/opt/python", "requirements": "a2"}, HERE)

    assert [one.partition(":")[0] for one in found] == ["path of the Python of steps"]


def test_a_part_that_only_one_machine_knows_of_is_not_compared() -> None:
    assert machine_differences({"interpreter": HERE["interpreter"], "moon": "full"}, HERE) == []


def test_the_warning_names_steps_and_differences() -> None:
    warning = machine_warning(["p:a", "p:b", "p:c", "p:d", "p:e"], ["one; mend it", "two; mend it"])

    assert "these ran: p:a, p:b, p:c and 2 more.\n  one; mend it\n  two; mend it" in warning
