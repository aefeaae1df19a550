"""What users get from the generated module: a type checker that knows their columns, and Python 3.9."""

from __future__ import annotations

import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from mypy import api

from generated_code import column, contract, contract_of
from wombat_tool.codegen.module import source_of
from wombat_tool.contracts.model import Contract, Field, LogicalType, SchemaObject

L = LogicalType
FLIGHTS = contract(
    column("origin", required=True),
    column("carrier", enum=("AA", "UA"), required=True),
    Field("arr_delay", L.NUMBER),
    Field("scheduled", L.TIMESTAMP, required=True, with_timezone=True),
    Field("stops", L.ARRAY, required=True, items=Field("", L.OBJECT, required=True, fields=(column("air port"),))),
)
HOSTILE = contract_of(
    SchemaObject(
        "str",
        fields=(
            column("str"),
            Field("datetime", L.DATE),
            Field("Optional", L.MAP, map_key=Field("", L.STRING), map_value=Field("", L.DATE)),
            Field("self", L.OBJECT, fields=(Field("list", L.INTEGER), column("StrSelf"))),
            Field("field", L.INTEGER),
            Field("a field", L.INTEGER),
        ),
    ),
    SchemaObject("any", fields=(Field("x"), Field("y", L.OBJECT), Field("class", L.ARRAY))),
    SchemaObject("nothing"),
    SchemaObject("literal", fields=(column("Literal", enum=("a", '"')),)),
)


@pytest.fixture(scope="session")
def mypy_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What mypy knows of the standard library, which takes it seconds to find out."""
    return tmp_path_factory.mktemp("mypy_cache")


def checked(directory: Path, cache: Path, found: Contract, code: str, *options: str) -> tuple[str, int]:
    """What strict mypy prints for a user's file beside the module of a contract, and its exit code."""
    (directory / "flights_odcs.py").write_text(source_of(found), encoding="utf-8")
    (directory / "user.py").write_text(textwrap.dedent(code), encoding="utf-8")
    arguments = ["--strict", "--cache-dir", str(cache), "--config-file=", *options]
    out, err, exit_code = api.run([*arguments, str(directory / "flights_odcs.py"), str(directory / "user.py")])
    assert err == ""
    return out, exit_code


RIGHT = """
    from __future__ import annotations

    from typing import Iterator, List, Optional

    import flights_odcs
    from flights_odcs import ArrivedFlights, ArrivedFlightsCarrier, ArrivedFlightsRow, ArrivedFlightsStops

    def late(rows: List[ArrivedFlightsRow]) -> Iterator[str]:
        for row in rows:
            delay: Optional[float] = row["arr_delay"]
            if delay is not None and delay > row["scheduled"].hour:
                yield row["origin"] + (row["stops"][0]["air port"] or "")

    def carrier(flight: ArrivedFlights) -> ArrivedFlightsCarrier:
        return flight.carrier

    def row() -> ArrivedFlights:
        import datetime

        stops = [ArrivedFlightsStops(air_port="ORD")]
        return ArrivedFlights("JFK", "AA", None, datetime.datetime(2013, 1, 1), stops)

    names = flights_odcs.arrived_flights_schema().names
"""


@pytest.mark.parametrize("python", ["3.9", "3.11"])
def test_right_use_of_a_contract_passes_a_strict_type_checker(python: str, tmp_path: Path, mypy_cache: Path) -> None:
    out, exit_code = checked(tmp_path, mypy_cache, FLIGHTS, RIGHT, "--python-version", python)

    assert exit_code == 0, out


@pytest.mark.parametrize(
    ("code", "message"),
    [
        pytest.param('row["orign"]', 'has no key "orign"', id="misspelt-column-of-a-row"),
        pytest.param("flight.orign", 'has no attribute "orign"', id="misspelt-field"),
        pytest.param('row["arr_delay"] + 1', "Unsupported operand types", id="null-forgotten"),
        pytest.param('row["origin"] + 1', "Unsupported operand types", id="wrong-type"),
        pytest.param('row["carrier"] == "XX"', "Non-overlapping equality check", id="value-that-is-not-in-the-enumeration"),
        pytest.param('row["stops"][0]["airport"]', 'has no key "airport"', id="misspelt-member"),
        pytest.param('flight.origin = "JFK"', "read-only", id="assignment-to-a-frozen-field"),
    ],
)
def test_wrong_use_of_a_contract_is_found(code: str, message: str, tmp_path: Path, mypy_cache: Path) -> None:
    lines = f"""
        from flights_odcs import ArrivedFlights, ArrivedFlightsRow

        def use(row: ArrivedFlightsRow, flight: ArrivedFlights) -> None:
            {code}
        """

    out, exit_code = checked(tmp_path, mypy_cache, FLIGHTS, lines)

    assert exit_code == 1
    assert message in out
    assert "user.py:5:" in out and "flights_odcs.py:" not in out


@pytest.mark.parametrize("python", ["3.9", "3.11"])
def test_hostile_names_pass_a_strict_type_checker(python: str, tmp_path: Path, mypy_cache: Path) -> None:
    code = """
        from flights_odcs import Any, Str, StrRow

        def use(row: StrRow, values: Str, any: Any) -> int:
            return (values.self.list or 0) + (row["a field"] or 0) if values.self else any.x
        """

    out, exit_code = checked(tmp_path, mypy_cache, HOSTILE, code, "--python-version", python, "--no-warn-return-any")

    assert exit_code == 0, out


def python_3_9() -> str | None:
    """A Python 3.9 that runs, where pyenv, uv or the system have one."""
    beside = sorted(map(str, Path(sys.base_prefix).parent.glob("*3.9.*/bin/python3.9")))
    for python in filter(None, [shutil.which("python3.9"), *beside]):
        # What pyenv puts on PATH may refuse to run.
        if subprocess.run([python, "-c", ""], capture_output=True, check=False).returncode == 0:
            return python
    return None


@pytest.mark.parametrize("found", [pytest.param(FLIGHTS, id="flights"), pytest.param(HOSTILE, id="hostile")])
def test_the_module_runs_on_python_3_9(found: Contract, tmp_path: Path) -> None:
    python = python_3_9()
    if python is None:
        pytest.skip("There is no CPython 3.9 on PATH or beside this Python.")
    (tmp_path / "flights_odcs.py").write_text(source_of(found), encoding="utf-8")
    code = """
        import dataclasses, sys, typing
        import flights_odcs
        assert sys.version_info[:2] == (3, 9)
        for one in list(vars(flights_odcs).values()):
            if dataclasses.is_dataclass(one):
                fields = dataclasses.fields(one)
                assert len(typing.get_type_hints(one)) == len(fields)
                row = typing.get_type_hints(getattr(flights_odcs, one.__name__.rstrip("_") + "Row"))
                assert list(row) == [field.metadata.get("column", field.name) for field in fields], row
                assert one(*range(len(fields))) == one(*range(len(fields)))
        """

    ran = subprocess.run(
        [python, "-W", "error", "-c", textwrap.dedent(code)], cwd=tmp_path, capture_output=True, text=True, check=False
    )

    assert ran.returncode == 0, ran.stderr
