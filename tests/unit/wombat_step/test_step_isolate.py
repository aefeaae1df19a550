"""Inputs cannot be damaged, whatever a step does with what it gets."""

from __future__ import annotations

import errno
import hashlib
import io
import os
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet
import pytest
from wombat_step import _isolate
from wombat_step._spec import StepSpec

from step_sandbox import Sandbox

# What a careless step does to each path that it can find out: to make it writable, write to it, and put nothing there.
VANDAL = """
import os, pathlib, shutil
import pyarrow as pa, pyarrow.dataset as ds, polars as pl, pandas as pd

def spoil(path):
    path = os.fspath(path)
    for current, directories, files in os.walk(path) if os.path.isdir(path) else [(os.path.dirname(path), [], [os.path.basename(path)])]:
        os.chmod(current, 0o777)
        for name in files:
            file = os.path.join(current, name)
            os.chmod(file, 0o777)
            with open(file, "r+b") as opened:
                opened.write(b"SPOILT")
            with open(file, "ab") as opened:
                opened.write(b"SPOILT")
            os.truncate(file, 3)
"""


def hard_linked(sandbox: Sandbox, store: Path, format: str, content: bytes) -> Path:
    """Declare an input that is a read-only hard link into a store, as Pants makes them."""
    store.mkdir()
    (store / "blob").write_bytes(content)
    (store / "blob").chmod(0o555)
    path = sandbox.input("data", format)
    os.link(store / "blob", path)
    return store / "blob"


def parquet() -> bytes:
    sink = io.BytesIO()
    pa.parquet.write_table(pa.table({"n": range(1000)}), sink)
    return sink.getvalue()


@pytest.mark.parametrize(
    ("annotation", "body"),
    [
        pytest.param("pathlib.Path", "spoil(data)", id="path"),
        pytest.param("os.PathLike", "spoil(data); shutil.rmtree(os.path.dirname(data))", id="path-like"),
        pytest.param("ds.Dataset", "[spoil(file) for file in data.files]", id="dataset"),
        pytest.param("pl.LazyFrame", "spoil(lazy_path(data))", id="lazy-frame"),
    ],
)
def test_a_step_that_writes_to_its_input_writes_to_a_copy(
    sandbox: Sandbox, tmp_path: Path, annotation: str, body: str
) -> None:
    content = parquet()
    blob = hard_linked(sandbox, tmp_path / "store", "parquet", content)
    sandbox.output("out", "text")

    sandbox.run(
        f"{VANDAL}\nimport re\n"
        "def lazy_path(frame): return re.search(r'SCAN \\[([^]]*)\\]', frame.explain())[1]\n"
        f"def f(data: {annotation}):\n    {body}\n    return 'spoilt'"
    )

    assert blob.read_bytes() == content
    assert (sandbox.path / "in/data/data.parquet").read_bytes() == content
    assert blob.stat().st_mode & 0o777 == 0o555


@pytest.mark.parametrize(
    ("annotation", "body"),
    [
        pytest.param("pa.Table", "memoryview(data.column('n').chunk(0).buffers()[1]).cast('B')", id="table"),
        pytest.param("pd.DataFrame", "data.loc.__setitem__((0, 'n'), 7)", id="pandas"),
        pytest.param("pl.DataFrame", "data[0, 'n']", id="polars"),
        pytest.param("pa.RecordBatchReader", "data.read_all()", id="reader"),
        pytest.param("bytes", "bytearray(data)", id="bytes"),
        pytest.param("list[dict]", "data.clear()", id="rows"),
    ],
)
@pytest.mark.parametrize("format", ["parquet", "arrow"])
def test_what_is_read_into_memory_needs_no_copy(
    sandbox: Sandbox, tmp_path: Path, annotation: str, body: str, format: str
) -> None:
    content = parquet()
    if format == "arrow":
        sink = io.BytesIO()
        table = pa.table({"n": range(1000)})
        with pa.ipc.new_file(sink, table.schema) as writer:
            writer.write_table(table)
        content = sink.getvalue()
    blob = hard_linked(sandbox, tmp_path / "store", format, content)
    sandbox.output("out", "text")

    sandbox.run(f"{VANDAL}\ndef f(data: {annotation}):\n    {body}\n    return 'done'")

    assert blob.read_bytes() == content
    assert not (sandbox.path / "private").exists()


def test_a_mapped_table_is_read_only(sandbox: Sandbox, tmp_path: Path) -> None:
    table = pa.table({"n": range(1000)})
    sink = io.BytesIO()
    with pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table)
    hard_linked(sandbox, tmp_path / "store", "arrow", sink.getvalue())
    out = sandbox.output("out", "json")

    sandbox.run(
        "import pyarrow as pa\n"
        "def f(data: pa.Table):\n"
        "    buffer = data.column('n').chunk(0).buffers()[1]\n"
        "    return [buffer.is_mutable, memoryview(buffer).readonly, data.column('n').to_numpy().flags.writeable]"
    )

    assert out.read_text().split() == ["[", "false,", "true,", "false", "]"]


def test_a_directory_is_copied_with_all_that_links_lead_to(sandbox: Sandbox, tmp_path: Path) -> None:
    tree = sandbox.input_tree("data", "directory", {"a/b/c.txt": "C", "d.txt": "D"})
    (tmp_path / "shared.txt").write_text("S")
    (tree / "link.txt").symlink_to(tmp_path / "shared.txt")
    (tree / "link").symlink_to("a/b")
    for path in (tree / "d.txt", tree / "a/b/c.txt"):
        path.chmod(0o444)
    (tree / "a").chmod(0o555)
    out = sandbox.output("out", "json")

    sandbox.run(
        f"{VANDAL}\ndef f(data: pathlib.Path):\n"
        "    seen = {p.relative_to(data).as_posix(): p.read_text() for p in sorted(data.rglob('*')) if p.is_file()}\n"
        "    (data / 'a' / 'new').write_text('')\n    spoil(data)\n    return seen"
    )

    assert out.read_text() == ('{\n  "a/b/c.txt": "C",\n  "d.txt": "D",\n  "link/c.txt": "C",\n  "link.txt": "S"\n}\n')
    assert (tmp_path / "shared.txt").read_text() == "S"
    assert sorted(p.name for p in tree.rglob("*")) == ["a", "b", "c.txt", "d.txt", "link", "link.txt"]


def test_a_dataset_of_several_files_is_copied_as_one(sandbox: Sandbox) -> None:
    content = parquet()
    tree = sandbox.input_tree("data", "parquet", {"a.parquet": content, "b.parquet": content})
    out = sandbox.output("out", "json")

    sandbox.run(
        f"{VANDAL}\ndef f(data: ds.Dataset):\n    n = data.count_rows()\n    [spoil(one) for one in data.files]\n    return n"
    )

    assert out.read_text() == "2000\n"
    assert all(path.read_bytes() == content for path in tree.iterdir())


def test_an_input_that_is_passed_on_is_moved_from_its_copy(sandbox: Sandbox, tmp_path: Path) -> None:
    content = parquet()
    blob = hard_linked(sandbox, tmp_path / "store", "parquet", content)
    out = sandbox.output("out", "parquet")

    sandbox.run("from pathlib import Path\ndef f(data: Path): return data")

    assert out.read_bytes() == content == blob.read_bytes()
    assert out.stat().st_nlink == 1
    assert not (sandbox.path / "private/data/data.parquet").exists()


def test_an_input_path_that_a_step_made_up_is_copied_when_returned(sandbox: Sandbox, tmp_path: Path) -> None:
    content = parquet()
    blob = hard_linked(sandbox, tmp_path / "store", "parquet", content)
    out = sandbox.output("out", "parquet")

    sandbox.run("from pathlib import Path\ndef f(data: Path): return data.parents[2] / 'in' / 'data' / 'data.parquet'")

    assert out.read_bytes() == content == blob.read_bytes()
    assert (blob.stat().st_nlink, out.stat().st_nlink) == (2, 1)
    assert blob.stat().st_mode & 0o777 == 0o555


@pytest.mark.parametrize("way", ["clone", "send", "copy"])
@pytest.mark.parametrize("size", [0, 1, 3_000_000])
def test_a_file_is_copied_in_whichever_way_the_system_has(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way: str, size: int
) -> None:
    source = tmp_path / "source"
    source.write_bytes(os.urandom(size))
    source.chmod(0o555)
    if way == "clone":
        monkeypatch.setattr(_isolate, "_clone", lambda a, b: bool(os.sendfile(b, a, None, size) if size else True))
    if way == "copy":

        def interrupted(out: int, source: int, offset: None, count: int, *, _sent: list[int] = [1000, -1]) -> int:  # noqa: B006
            step = _sent.pop(0)
            if step < 0:
                raise OSError(errno.EINVAL, "not supported")
            return os.write(out, os.read(source, step))

        monkeypatch.setattr(os, "sendfile", interrupted)

    _isolate.copy_file(str(source), str(tmp_path / "copy"))

    digests = [hashlib.sha256(path.read_bytes()).digest() for path in (source, tmp_path / "copy")]
    assert digests[0] == digests[1]
    assert os.access(tmp_path / "copy", os.W_OK) and (tmp_path / "copy").stat().st_mode & 0o200


def test_an_output_on_another_file_system_is_copied(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    def replace(source: str, target: str) -> None:
        raise OSError(errno.EXDEV, "on another file system")

    spec = StepSpec(sandbox.spec(), str(sandbox.path), scratch=str(sandbox.path / "work"))
    (sandbox.path / "work/x").write_text("X")
    (sandbox.path / "work/tree").mkdir()
    (sandbox.path / "work/tree/y").write_text("Y")
    monkeypatch.setattr(os, "replace", replace)

    _isolate.take("x", str(sandbox.path / "out/x"), spec)
    _isolate.take("tree", str(sandbox.path / "out/tree"), spec)

    assert (sandbox.path / "out/x").read_text() == "X"
    assert (sandbox.path / "out/tree/y").read_text() == "Y"


def test_another_error_of_moving_is_not_hidden(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    def replace(source: str, target: str) -> None:
        raise OSError(errno.EACCES, "no")

    spec = StepSpec(sandbox.spec(), str(sandbox.path), scratch=str(sandbox.path / "work"))
    (sandbox.path / "work/x").write_text("X")
    monkeypatch.setattr(os, "replace", replace)

    with pytest.raises(OSError, match="no"):
        _isolate.take("x", str(sandbox.path / "out/x"), spec)


def test_files_in_a_working_directory_that_was_not_empty_are_not_moved(sandbox: Sandbox, tmp_path: Path) -> None:
    (sandbox.path / "work/mine.txt").write_text("M")
    out = sandbox.output("out", "text")

    sandbox.run("from pathlib import Path\ndef f(): return Path('mine.txt')")

    assert out.read_text() == "M"
    assert (sandbox.path / "work/mine.txt").exists()


def test_a_parameter_cannot_lead_out_of_the_private_directory(sandbox: Sandbox) -> None:
    from wombat_step._errors import SpecError

    document: dict[str, Any] = sandbox.spec(
        inputs=[{"parameter": "../../x", "format": "text", "path": "in/x/data.txt"}],
    )

    with pytest.raises(
        SpecError, match=r"`inputs\[0\].parameter` in step.json must be the name of a parameter, but was '../"
    ):
        StepSpec(document, str(sandbox.path))
