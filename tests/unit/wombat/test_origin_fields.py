"""The fields of data from elsewhere: what may stand in a BUILD file."""

from __future__ import annotations

from typing import Any, Dict

import pytest
from pants.engine.addresses import Address
from pants.engine.target import InvalidTargetException

from wombat.graph.formats import Format
from wombat.target_types import DatasetTarget, DatasetUriField, ImportedDatasetTarget, dataset_format

ADDRESS = Address("shop", target_name="codes")
SHA256 = "ab" * 32
HTTPS = "https://example.org/codes.csv"


@pytest.mark.parametrize("uri", [HTTPS, "gs://bucket/a/b.csv", "file:///data/codes.csv"])
def test_a_uri_of_a_known_scheme_is_taken(uri: str) -> None:
    target = DatasetTarget({"uri": uri, "sha256": SHA256}, ADDRESS)

    assert target[DatasetUriField].value == uri
    assert dataset_format(target) is Format.CSV


@pytest.mark.parametrize("uri", ["codes.csv", "http://example.org/a", "s3://bucket/a", "https://", "gs://bucket", ""])
def test_another_uri_is_refused_with_those_that_may_be(uri: str) -> None:
    with pytest.raises(InvalidTargetException, match=r"'uri' field in target shop:codes must be 'https://host/path'"):
        DatasetTarget({"uri": uri, "sha256": SHA256}, ADDRESS)


def test_a_password_in_a_uri_is_refused_and_not_repeated() -> None:
    with pytest.raises(InvalidTargetException, match="do not belong into a BUILD file") as caught:
        DatasetTarget({"uri": "https://me:secret@example.org/a.csv", "sha256": SHA256}, ADDRESS)

    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("sha256", ["", "AB" * 32, "ab" * 31, "x" * 64])
def test_another_sha256_is_refused(sha256: str) -> None:
    with pytest.raises(InvalidTargetException, match="'sha256' field in target shop:codes must be 64 hexadecimal digits"):
        DatasetTarget({"uri": HTTPS, "sha256": sha256}, ADDRESS)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        pytest.param({"sha256": SHA256}, "sets 'sha256', which pins what is at a 'uri'", id="no-uri"),
        pytest.param({"uri": HTTPS, "source": "a.csv"}, "sets both 'uri' and 'source'", id="uri-and-source"),
        pytest.param({"uri": HTTPS, "generation": 7}, "Pin it by 'sha256'", id="generation-of-https"),
    ],
)
def test_fields_that_contradict_each_other_are_refused(fields: Dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidTargetException, match=message):
        DatasetTarget(fields, ADDRESS).validate()


@pytest.mark.parametrize("version", ["production", "latest", SHA256])
def test_a_version_or_a_label_is_imported(version: str) -> None:
    target = ImportedDatasetTarget({"dataset": "reference//a/b:c", "version": version, "format": "csv"}, ADDRESS)

    assert dataset_format(target) is Format.CSV


@pytest.mark.parametrize("name", ["a:b", "//a:b", "reference//a", "reference//", "reference//a b:c"])
def test_an_import_without_project_or_name_is_refused(name: str) -> None:
    with pytest.raises(InvalidTargetException, match=r"'dataset' field in target shop:codes must be 'project//path:name'"):
        ImportedDatasetTarget({"dataset": name, "version": "production"}, ADDRESS)


@pytest.mark.parametrize("version", ["", "1.0", "a b"])
def test_another_version_is_refused(version: str) -> None:
    with pytest.raises(InvalidTargetException, match="'version' field in target shop:codes must be a version"):
        ImportedDatasetTarget({"dataset": "p//a:b", "version": version}, ADDRESS)
