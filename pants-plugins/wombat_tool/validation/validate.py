"""Validates a dataset: opens it, asks what its contract wants to know, and reports."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field

import duckdb

from wombat_tool.contracts.model import Contract, Environment, Relationship, SchemaObject, Severity
from wombat_tool.errors import DataError, ValidationError, WombatToolError, first_sentence
from wombat_tool.files import files_below, where
from wombat_tool.formats import Format
from wombat_tool.profile.profiler import Profiler
from wombat_tool.relations.model import Relation
from wombat_tool.relations.opening import open_relation
from wombat_tool.relations.session import connect
from wombat_tool.validation.asking import row_of
from wombat_tool.validation.execution import Execution, Rows
from wombat_tool.validation.no_rows import NoRows
from wombat_tool.validation.plan import RelationshipCheck
from wombat_tool.validation.planner import plan_for
from wombat_tool.validation.queries import QueryRunner
from wombat_tool.validation.relationships import is_to_itself, reference_key
from wombat_tool.validation.report import ContractFacts, Problem, Report
from wombat_tool.validation.sensitivity import has_sensitive

_UNTYPED = (Format.JSONL, Format.JSON)


@dataclass(frozen=True)
class Data:
    """Where data is, and how to read it."""

    path: str
    format: Format


@dataclass(frozen=True)
class Reference:
    """What a relationship leads to.

    :param schema: what its own contract says of it, where that is another file; some formats are read by it.
    """

    data: Data
    schema: SchemaObject | None = None


@dataclass(frozen=True)
class Request:
    """Asks for a validation.

    :param title: what people call the dataset; empty if they do not.
    :param contract: what to hold it against; None for a profile alone. `schema` is the object of it that is meant.
    :param sample_rows: of more rows than these, development looks at about so many; 0 for all.
    :param memory_mib: what DuckDB may take.
    :param references: by what `relationships.reference_key` calls them.
    """

    data: Data
    environment: Environment
    sample_rows: int
    memory_mib: int
    title: str = ""
    contract: Contract | None = None
    schema: SchemaObject | None = None
    references: Mapping[str, Reference] = field(default_factory=dict)


def validate(request: Request) -> Report:
    """Hold data against its contract, and see what it looks like.

    Data that cannot be read gives a report that says so.
    """
    contract, schema = request.contract, request.schema
    facts = None
    if contract and schema:
        facts = ContractFacts(contract.id, contract.version, contract.name, schema.name)
    try:
        with tempfile.TemporaryDirectory() as spill:
            return _report(request, facts, spill)
    except WombatToolError as err:
        message = str(err)
        if isinstance(err, (DataError, ValidationError)) and schema and any(map(has_sensitive, schema.fields)):
            name = where(request.data.path, request.title)
            message = f"{name} cannot be validated. The reason is not shown: it may quote values of sensitive columns."
        problem = Problem(type(err).__name__, message)
        return Report(request.environment, facts, _size_of(request.data.path), problem=problem)


def _report(request: Request, facts: ContractFacts | None, spill: str) -> Report:
    readable = [request.data.path, *(reference.data.path for reference in request.references.values())]
    name = where(request.data.path, request.title)
    with connect(request.memory_mib, spill, readable=readable) as connection:
        try:
            relation = _open(connection, request.data, request.schema, title=request.title)
            with relation.reading():
                return _checked(connection, request, facts, relation)
        except duckdb.OutOfMemoryException as err:
            mend = "Give it more memory, with the option `memory_mib`."
            raise ValidationError(name, problem=f"takes more than {request.memory_mib} MiB.", mend=mend) from err
        except duckdb.Error as err:
            raise ValidationError(name, problem=f"fails: {first_sentence(err)}", mend="Please report this.") from err


def _open(
    connection: duckdb.DuckDBPyConnection, data: Data, schema: SchemaObject | None, *, title: str, name: str = "data"
) -> Relation:
    return open_relation(
        connection,
        data.path,
        data.format,
        title=title,
        null_values=schema.null_values if schema else None,
        layout=schema.layout if schema else None,
        data_format=schema.data_format if schema else None,
        name=name,
    )


def _checked(
    connection: duckdb.DuckDBPyConnection, request: Request, facts: ContractFacts | None, relation: Relation
) -> Report:
    # Without a contract there is nothing to ask, and the pass over the data only gives its profile.
    schema = request.schema or SchemaObject("")
    if relation.rows == 0 and request.data.format in _UNTYPED:
        relation = NoRows.of(relation, schema)
    plan = plan_for(schema, relation.columns, request.environment)
    rows, how = _rows_to_read(connection, request, relation)
    execution = Execution(
        connection,
        plan,
        rows,
        targets=_Targets(connection, request, schema, relation),
        queries=lambda: QueryRunner(connection, schema, relation),
    )
    masked = [one.name for one in schema.fields if has_sensitive(one)]
    profiler = Profiler(relation, masked=masked, item=rows.numbered)
    found = execution.run(profiler.aggregates)
    assert found.aggregates is not None, "They were asked for."
    profile = profiler.profile(connection, found.aggregates)
    order = list(Severity)
    violations = sorted([*plan.violations, *found.violations], key=lambda one: order.index(one.severity))
    return Report(
        request.environment,
        facts,
        relation.size_bytes,
        rows=found.rows + rows.unread,
        rows_read=found.rows,
        is_sample=rows.is_sample,
        how=how,
        checked=plan.checked - len(found.not_checked),
        not_checked=(*plan.not_checked, *found.not_checked),
        violations=tuple(violations),
        profile=profile,
    )


def _rows_to_read(connection: duckdb.DuckDBPyConnection, request: Request, relation: Relation) -> tuple[Rows, str]:
    """The rows that the rules about values are held against, and which these are in words."""
    numbered = relation.numbered_sql()
    # The profile picks some rows of text by their numbers.
    everything = Rows(relation.sql() if relation.is_sample_spread else numbered, numbered, 0)
    schema, most = request.schema, request.sample_rows
    if request.environment is not Environment.DEVELOPMENT or (schema and not schema.may_sample):
        return everything, "all rows"
    if not most or relation.rows <= most:
        return everything, "all rows"
    sample = relation.sample_sql(most)
    (count,) = row_of(connection, f"SELECT count(*) FROM {sample}")
    return Rows(sample, sample, relation.rows - count), relation.sample_text(most)


class _Targets:
    """Opens the data that relationships lead to, each once."""

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, request: Request, schema: SchemaObject, relation: Relation
    ) -> None:
        self._connection = connection
        self._request = request
        self._schema = schema
        self._relation = relation
        self._opened: dict[str, Relation] = {}

    def __call__(self, check: RelationshipCheck) -> Relation | None:
        relationship = check.relationship
        if is_to_itself(relationship, self._schema):
            return self._relation
        contract = self._request.contract
        key = reference_key(relationship, contract.file if contract else "")
        reference = self._request.references.get(key)
        if reference is None:
            return None
        if key not in self._opened:
            name = f"reference_{len(self._opened)}"
            schema = reference.schema or self._schema_of(relationship)
            self._opened[key] = _open(self._connection, reference.data, schema, title=key, name=name)
        return self._opened[key]

    def _schema_of(self, relationship: Relationship) -> SchemaObject | None:
        """What the same contract says of the data that a relationship leads to."""
        contract = self._request.contract
        if contract is None or relationship.to_file is not None:
            return None
        return next((one for one in contract.objects if relationship.to_object in (one.name, one.physical_name)), None)


def _size_of(path: str) -> int:
    """The bytes of all files; 0 if there are none."""
    try:
        files = [os.path.join(path, name) for name in files_below(path)] if os.path.isdir(path) else [path]
        return sum(os.path.getsize(file) for file in files)
    except OSError:
        return 0
