"""What the reader makes of objects and properties."""

from __future__ import annotations

import datetime
from decimal import Decimal
from pathlib import Path

import pytest

from contract_texts import (
    NAME,
    contract_of,
    contract_text,
    field_from,
    notes_of,
    object_from,
    property_text,
    schema_text,
)
from wombat_tool.contracts.model import Bound, Contract, Family, LogicalType, SchemaObject
from wombat_tool.contracts.reader import object_of, read_contract
from wombat_tool.errors import ContractError, UnknownObjectError

UTC = datetime.timezone.utc


def test_a_contract_says_what_it_is() -> None:
    contract = contract_of(contract_text("name: Orders\nstatus: active\nschema:\n- name: a\n- name: b\n"))

    assert (contract.file, contract.id, contract.version) == (NAME, "orders", "1.0.0")
    assert (contract.name, contract.status) == ("Orders", "active")
    assert [one.name for one in contract.objects] == ["a", "b"]


def test_a_column_goes_by_its_name_in_the_data() -> None:
    schema = object_from(property_text("name: Order number\nphysicalName: ord_no", "name: b"))

    assert [one.name for one in schema.fields] == ["ord_no", "b"]
    assert str(schema.fields[0].place) == f"{NAME}:8"


def test_flags_and_descriptions_are_read() -> None:
    field = field_from(property_text("name: a\nrequired: true\nunique: true\ndeprecated: true\ndescription: An a."))

    assert (field.required, field.unique, field.is_deprecated, field.description) == (True, True, True, "An a.")


def test_a_column_without_anything_is_open() -> None:
    field = field_from(property_text("name: a"))

    assert (field.logical_type, field.physical_type, field.required, field.unique, field.enum) == (
        None,
        None,
        False,
        False,
        None,
    )


def test_the_options_of_text_are_read() -> None:
    field = field_from(
        property_text(
            "name: a\nlogicalType: string\nlogicalTypeOptions: {minLength: 2, maxLength: 5, pattern: '^[a-z]', format: email}"
        )
    )

    assert (field.min_length, field.max_length, field.pattern, field.format) == (2, 5, "^[a-z]", "email")


def test_numbers_are_what_was_written() -> None:
    field = field_from(
        property_text(
            "name: a\nlogicalType: number\n"
            "logicalTypeOptions: {minimum: 0.1, exclusiveMaximum: 1e3, multipleOf: 0.10, format: f32}"
        )
    )

    assert field.minimum == Bound(Decimal("0.1"))
    assert field.maximum == Bound(Decimal(1000), inclusive=False)
    assert (field.multiple_of, field.format) == (Decimal("0.1"), "f32")


@pytest.mark.parametrize(
    ("options", "minimum"),
    [
        pytest.param("minimum: 1, exclusiveMinimum: 1", Bound(Decimal(1), False), id="equal"),
        pytest.param("minimum: 2, exclusiveMinimum: 1", Bound(Decimal(2)), id="inclusive-is-tighter"),
        pytest.param("minimum: 1, exclusiveMinimum: 2", Bound(Decimal(2), False), id="exclusive-is-tighter"),
        pytest.param("minimum: 1, exclusiveMinimum: true", Bound(Decimal(1), False), id="flag-of-v3.0"),
        pytest.param("minimum: 1, exclusiveMinimum: false", Bound(Decimal(1)), id="flag-off"),
    ],
)
def test_the_tighter_form_of_a_bound_holds(options: str, minimum: Bound) -> None:
    text = property_text(f"name: a\nlogicalType: integer\nlogicalTypeOptions: {{{options}}}", api_version="v3.0.2")

    assert field_from(text).minimum == minimum


@pytest.mark.parametrize(
    ("logical_type", "options", "minimum"),
    [
        ("date", "minimum: 2022-10-02", datetime.date(2022, 10, 2)),
        ("date", "minimum: 02.10.2022, format: dd.MM.yyyy", datetime.date(2022, 10, 2)),
        ("timestamp", "minimum: 2022-10-02", datetime.datetime(2022, 10, 2)),
        ("timestamp", "minimum: '2022-10-02T08:00:00Z'", datetime.datetime(2022, 10, 2, 8, tzinfo=UTC)),
        ("timestamp", "minimum: 2022-10-02 08:00, format: yyyy-MM-dd HH:mm", datetime.datetime(2022, 10, 2, 8)),
        ("time", "minimum: 10:30", datetime.time(10, 30)),
        ("time", "minimum: '08.30', format: HH.mm", datetime.time(8, 30)),
    ],
)
def test_bounds_of_dates_and_times_are_dates_and_times(logical_type: str, options: str, minimum: object) -> None:
    text = property_text(f"name: a\nlogicalType: {logical_type}\nlogicalTypeOptions: {{{options}}}")

    bound = field_from(text).minimum
    assert bound is not None and bound.value == minimum


def test_time_zones_are_read() -> None:
    field = field_from(
        property_text(
            "name: a\nlogicalType: timestamp\nlogicalTypeOptions: {timezone: true, defaultTimezone: Europe/Berlin}"
        )
    )

    assert (field.with_timezone, field.default_timezone) == (True, "Europe/Berlin")


@pytest.mark.parametrize(
    ("more", "logical_type"),
    [
        ("physicalType: timestamp", LogicalType.TIMESTAMP),
        ("physicalType: TIME", LogicalType.TIME),
        ("physicalType: date", LogicalType.DATE),
        ("logicalTypeOptions: {format: yyyy-MM-dd}", LogicalType.DATE),
        ("logicalTypeOptions: {format: 'yyyy-MM-dd HH:mm:ss'}", LogicalType.TIMESTAMP),
        ("logicalTypeOptions: {format: 'HH:mm:ss'}", LogicalType.TIME),
        ("physicalType: string", LogicalType.DATE),
    ],
)
def test_a_date_is_what_its_physical_type_or_format_says(more: str, logical_type: LogicalType) -> None:
    assert field_from(property_text(f"name: a\nlogicalType: date\n{more}")).logical_type is logical_type


def test_objects_arrays_and_maps_are_nested() -> None:
    field = field_from(
        property_text(
            """
            name: a
            logicalType: object
            logicalTypeOptions: {required: [b], minProperties: 1, maxProperties: 2}
            properties:
            - name: b
              physicalName: bee
              logicalType: array
              logicalTypeOptions: {minItems: 1, maxItems: 3, uniqueItems: true}
              items: {logicalType: integer, required: true}
            - name: c
              logicalType: map
              map: {key: {logicalType: string}, value: {logicalType: object, properties: [{name: d}]}}
            """
        )
    )

    assert (field.required_members, field.min_properties, field.max_properties) == (("bee",), 1, 2)
    bee, c = field.fields
    assert (bee.name, bee.required, bee.min_items, bee.max_items, bee.unique_items) == ("bee", True, 1, 3, True)
    assert bee.items is not None
    assert (bee.items.name, bee.items.logical_type, bee.items.required) == ("", LogicalType.INTEGER, True)
    assert c.map_key is not None and c.map_value is not None
    assert c.map_key.logical_type is LogicalType.STRING
    assert [one.name for one in c.map_value.fields] == ["d"]


def test_what_has_something_sensitive_in_it_is_sensitive() -> None:
    field = field_from(
        property_text("name: a\nproperties:\n- {name: b, items: {classification: secret}}\n- {name: c}\n- {name: d}")
    )

    assert [field.is_sensitive, *(one.is_sensitive for one in field.fields)] == [True, True, False, False]


@pytest.mark.parametrize(
    ("part", "logical_type"),
    [
        ("properties: [{name: b}]", LogicalType.OBJECT),
        ("items: {logicalType: string}", LogicalType.ARRAY),
        ("map: {key: {logicalType: string}, value: {logicalType: string}}", LogicalType.MAP),
    ],
)
def test_what_has_parts_is_of_their_type(part: str, logical_type: LogicalType) -> None:
    assert field_from(property_text(f"name: a\n{part}")).logical_type is logical_type


def test_vectors_have_dimensions_and_an_element_type() -> None:
    field = field_from(property_text("name: a\nlogicalType: vector\nlogicalTypeOptions: {dimensions: 3}"))

    assert (field.dimensions, field.element_type) == (3, "float32")


def test_enumerations_hold_the_values_and_leave_null_out() -> None:
    text = property_text("name: a\nlogicalType: integer\nenum: [{value: 1, label: One}, {value: null}, {value: 3.0}]")

    assert field_from(text).enum == (Decimal(1), Decimal(3))


def test_true_and_1_are_two_values_where_no_type_is_given() -> None:
    assert field_from(property_text("name: a\nenum: [{value: true}, {value: 1}, {value: x}]")).enum == (
        True,
        Decimal(1),
        "x",
    )


def test_the_primary_key_is_in_the_order_of_its_positions_and_never_null() -> None:
    schema = object_from(
        property_text(
            "name: a\nprimaryKey: true\nprimaryKeyPosition: 2\nrequired: false",
            "name: b\nprimaryKey: true",
            "name: c\nphysicalName: sea\nprimaryKey: true\nprimaryKeyPosition: 1",
            "name: d\nprimaryKey: false\nprimaryKeyPosition: -1",
        )
    )

    assert schema.primary_key == ("sea", "a", "b")
    assert [one.required for one in schema.fields] == [True, True, True, False]


@pytest.mark.parametrize(
    ("classification", "is_sensitive"),
    [("restricted", True), ("PII", True), ("Public", False), ("internal", False), ("non-sensitive", False)],
)
def test_a_classification_makes_columns_and_what_is_in_them_sensitive(classification: str, is_sensitive: bool) -> None:
    field = field_from(
        property_text(
            f"name: a\nclassification: {classification}\nitems: {{properties: [{{name: b, classification: public}}]}}"
        )
    )

    assert field.items is not None
    assert (field.is_sensitive, field.items.is_sensitive, field.items.fields[0].is_sensitive) == (is_sensitive,) * 3


def test_the_servers_tell_which_system_a_type_is_of() -> None:
    servers = "servers: [{server: s, type: bigquery, project: p, dataset: d}]\n"
    schema = "schema: [{name: o, properties: [{name: a, physicalType: INTEGER}]}]\n"

    unknown, bigquery = (field_from(contract_text(text)).physical_type for text in (schema, servers + schema))
    assert unknown is not None and bigquery is not None
    assert (unknown.bits, bigquery.bits) == (32, 64)


def test_mysqls_boolean_is_a_boolean() -> None:
    field = field_from(property_text("name: a\nlogicalType: boolean\nphysicalType: tinyint(1)"))

    assert field.physical_type is not None
    assert field.physical_type.family is Family.BOOLEAN


@pytest.mark.parametrize(
    ("properties", "note"),
    [
        pytest.param(
            "name: a\nphysicalType: frob(3)",
            "9: physicalType 'frob(3)' of 'a': no type of that name is known here",
            id="physical-type",
        ),
        pytest.param(
            "name: a\nlogicalType: string\nlogicalTypeOptions: {format: password}",
            "10: format 'password' of 'a': checked are email, uuid, uri, hostname, ipv4, ipv6, byte",
            id="format",
        ),
        pytest.param(
            "name: a\nlogicalType: date\nlogicalTypeOptions: {format: YYYY-MM-dd}",
            "10: format 'YYYY-MM-dd' of 'a': it is no pattern of Java's DateTimeFormatter that can be read here: YYYY is the "
            "year of a week; write yyyy for the year of a date",
            id="date-format",
        ),
        pytest.param(
            "name: a\nlogicalType: vector\nlogicalTypeOptions: {dimensions: 3, normalized: true}",
            "10: 'normalized' of 'a': lengths of vectors are not computed",
            id="normalized",
        ),
        pytest.param(
            "name: a\nproperties:\n- name: b\n  primaryKey: true",
            "11: 'primaryKey' of 'a.b': it is within 'a', and keys are made of columns",
            id="key-of-member",
        ),
        pytest.param(
            "name: a\nprimaryKeyPosition: 1",
            "9: 'primaryKeyPosition' of 'a': it has no `primaryKey: true`, so it is no part of the key",
            id="position-without-key",
        ),
        pytest.param(
            "name: a\nsemanticType: measure\ntransformLogic: SUM(b)",
            "8: the measure 'a': it is computed by those who query the data, as 'transformLogic' says",
            id="measure",
        ),
    ],
)
def test_what_is_not_checked_is_said(properties: str, note: str) -> None:
    assert notes_of(property_text(properties)) == [note]


def test_a_measure_is_no_column() -> None:
    schema = object_from(
        property_text("name: a\nsemanticType: measure\ntransformLogic: SUM(b)", "name: b\nsemanticType: measure")
    )

    assert [one.name for one in schema.fields] == ["b"]


def two_objects() -> Contract:
    return contract_of(
        schema_text("- {name: orders, physicalName: t1}\n- {name: lines, physicalName: t2}\n- {name: t3, physicalName: t2}")
    )


def test_an_object_is_found_by_either_of_its_names() -> None:
    contract = two_objects()

    found: list[SchemaObject] = [object_of(contract, wanted) for wanted in ("orders", "t1", "t3")]
    assert [one.name for one in found] == ["orders", "orders", "t3"]
    assert object_of(contract_of(property_text("name: a")), "").name == "orders"


@pytest.mark.parametrize(
    ("wanted", "error"),
    [
        ("order", "The contract orders.odcs.yaml has no schema object 'order'. Did you mean 'orders'?"),
        ("x", "The contract orders.odcs.yaml has no schema object 'x'. Known here: orders, lines, t3."),
        ("", "The contract orders.odcs.yaml has 3 schema objects, and none is named. Name one of orders, lines, t3."),
        ("t2", "The contract orders.odcs.yaml has more than one object whose physicalName is 't2'. Name one of lines, t3."),
    ],
)
def test_an_object_that_cannot_be_told_is_an_error(wanted: str, error: str) -> None:
    with pytest.raises(UnknownObjectError) as raised:
        object_of(two_objects(), wanted)

    assert str(raised.value) == error


def test_a_contract_without_objects_has_none() -> None:
    with pytest.raises(UnknownObjectError, match="has no schema object. Add one to its `schema`."):
        object_of(contract_of(contract_text("")), "")


def test_the_error_of_a_file_names_all_its_mistakes(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_text(property_text("name: a\nrequird: true\nlogicalType: strng"))

    with pytest.raises(ContractError) as raised:
        read_contract(str(path), name="etl/x.odcs.yaml")

    assert str(raised.value).splitlines() == [
        "The contract etl/x.odcs.yaml has 2 mistakes.",
        "etl/x.odcs.yaml:9:5: unknown key 'requird' in property 'a'. Did you mean 'required'?",
        "etl/x.odcs.yaml:10:18: 'logicalType' is 'strng', which is not one of its words. Did you mean 'string'?",
    ]


def test_an_error_shows_no_more_than_people_read(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_text(property_text(*(f"name: a{n}\nrequird: true" for n in range(70))))

    with pytest.raises(ContractError) as raised:
        read_contract(str(path), name="x.yaml")

    lines = str(raised.value).splitlines()
    assert (len(lines), lines[-1]) == (52, "... and 20 more.")


def test_a_file_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ContractError) as raised:
        read_contract(str(tmp_path / "x.yaml"), name="etl/x.yaml")

    assert str(raised.value) == (
        "etl/x.yaml cannot be opened: No such file or directory. Correct the path, or write the file."
    )


def test_a_good_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_text(property_text("name: a"))

    assert read_contract(str(path), name="etl/x.yaml").file == "etl/x.yaml"
