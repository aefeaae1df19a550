"""Contracts where nothing runs: what `check` compares, what the graph knows of contracts, and types made from them."""

from __future__ import annotations

import textwrap
from typing import Dict

from harness import Repository

CONTRACT = """
apiVersion: v3.1.0
kind: DataContract
id: trips
version: {version}
status: active
schema:
  - name: trips
    properties:
      - {{name: id, logicalType: integer, primaryKey: true}}
      - {{name: minutes, logicalType: integer, required: {required}, logicalTypeOptions: {{minimum: 0}}}}
      - {{name: city, logicalType: string, required: true}}
{more}
"""
NEED = """
apiVersion: v3.1.0
kind: DataContract
id: need
version: 1.0.0
status: active
schema:
  - name: trips
    properties:
      - {name: minutes, logicalType: integer, required: true}
"""
BUILD = """
python_sources(name="code")
pipeline_step(name="load", entry_point="steps.py:load", outputs=[":trips"])
dataset(name="trips", format="jsonl", contract="trips.odcs.yaml")
pipeline_step(
    name="average",
    entry_point="steps.py:average",
    inputs=[":trips"],
    outputs=[":averages"],
    expects={"trips": "need.odcs.yaml"},
)
dataset(name="averages", format="jsonl")
pipeline_step(name="typed", entry_point="steps.py:typed", inputs=[":trips"], outputs=[":cities"])
dataset(name="cities", format="jsonl")
pipeline_step(name="loose", entry_point="steps.py:loose", inputs=[":trips"], outputs=[":copies"])
dataset(name="copies", format="jsonl")
pipeline(name="pipeline", outputs=[":averages", ":cities", ":copies"])
"""
STEPS = """
from dataclasses import dataclass
from trips.trips_odcs import Trips

@dataclass(frozen=True)
class Place:
    city: str

def load() -> list:
    return [{"id": 1, "minutes": 12, "city": "Riga"}]

def average(trips: list[Trips]) -> list:
    return [{"minutes": sum(trip.minutes or 0 for trip in trips) / len(trips)}]

def typed(trips: list[Place]) -> list:
    return [{"city": trip.city} for trip in trips]

def loose(trips: list) -> list:
    return trips
"""


def contract(*, version: str = "1.0.0", required: str = "true", more: str = "") -> str:
    return CONTRACT.format(version=version, required=required, more=textwrap.indent(more, "      "))


def project(**changed: str) -> Dict[str, str]:
    """A project whose contracts fit together, unless `changed` says otherwise."""
    files = {"BUILD": BUILD, "steps.py": STEPS, "need.odcs.yaml": NEED, "trips.odcs.yaml": contract()}
    files.update({name.replace("_", ".", 1): content for name, content in changed.items()})
    return {f"trips/{name}": content for name, content in files.items()}


def test_promises_are_compared_with_needs_before_anything_runs(repository: Repository) -> None:
    repository.write(project())
    good = repository.pants("check", "trips::").succeeded()
    assert "contracts succeeded" in good.text
    assert "Run trips:" not in good.text

    repository.write({"trips/trips.odcs.yaml": contract(required="false").replace("name: city", "name: town")})
    bad = repository.pants("check", "trips::")
    bad.failed(
        "trips:average, input 'trips': column 'minutes' of trips:trips is not what it needs",
        "trips/need.odcs.yaml:10",
        "trips/trips.odcs.yaml:11; made by trips:load",
        # From the annotation `list[Place]`.
        "trips:typed, input 'trips': column 'city' of trips:trips is not what it needs",
        "Place",
    )
    assert "Run trips:" not in bad.text

    # Asked for the producer's dataset alone, its consumers are looked at all the same.
    repository.pants("check", "trips:trips").failed("trips:average")


def test_breaking_changes_name_their_consumers_and_want_another_version(repository: Repository) -> None:
    repository.write(project())
    repository.git("add", "-A")
    repository.git("commit", "-q", "-m", "Trips")
    try:
        base = "--wombat-contracts-base=HEAD"
        assert "change since" not in repository.pants("check", base, "trips::").succeeded().text

        repository.write({"trips/trips.odcs.yaml": contract(more="- {name: fare, logicalType: number}")})
        repository.pants("check", base, "trips::").failed("compatible change", "'fare'", "1.1.0")
        repository.write({"trips/trips.odcs.yaml": contract(version="1.1.0", more="- {name: fare, logicalType: number}")})
        repository.pants("check", base, "trips::").succeeded()

        repository.write({"trips/trips.odcs.yaml": contract(version="1.1.0", required="false")})
        broken = repository.pants("check", base, "trips::")
        broken.failed(
            "trips/trips.odcs.yaml: breaking change since HEAD",
            "minutes",
            "hits trips:average (input 'trips'): its stated need is no longer met",
            "hits trips:loose (input 'trips'): it states no need",
            "2.0.0",
        )
        assert "hits trips:typed" not in broken.text

        repository.pants("check", "--wombat-contracts-base=no-such-branch", "trips::").failed(
            "'no-such-branch'", "fetch-depth"
        )
    finally:
        repository.git("reset", "-q", "--hard", "HEAD~1")


def test_contracts_are_part_of_the_dependency_graph(repository: Repository) -> None:
    repository.write(project())

    contracts = repository.pants("--filter-target-type=data_contract", "list", "trips::").succeeded().stdout.split()
    assert contracts == ["trips:need.odcs.yaml", "trips:trips.odcs.yaml"]
    needed = repository.pants("dependencies", "trips:trips").succeeded().stdout.split()
    assert needed == ["trips:load", "trips:trips.odcs.yaml"]
    users = sorted(repository.pants("dependents", "trips/trips.odcs.yaml").succeeded().stdout.split())
    assert users == ["trips/steps.py:code", "trips:trips"]
    assert "trips:need.odcs.yaml" in repository.pants("dependencies", "trips:average").succeeded().stdout


def test_code_generated_from_a_contract_is_first_party_code(repository: Repository) -> None:
    repository.write(project())
    result = repository.run("trips:pipeline").succeeded()
    assert result.ran == ["average", "load", "loose", "typed"]

    # As what a step runs, it needs what only the step gives it.
    repository.write({"program/BUILD": 'shell_command(name="program", command="exit 1", tools=[])'})
    repository.pants("--filter-target-type=data_contract", "export-codegen", "::").succeeded()
    generated = (repository.path / "dist/codegen/trips/trips_odcs.py").read_text()
    assert "class Trips:" in generated and "class TripsRow(TypedDict" in generated
