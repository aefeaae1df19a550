"""Several outputs, outputs written to paths, and directories."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet
import pytest
from wombat_step._errors import OutputError, OutputFormatError
from wombat_step._verify import count_csv_rows

from step_sandbox import Sandbox

WHAT = r"unction 'f' in etl/steps\.py:\d+"


@pytest.mark.parametrize(
    "returned",
    [
        pytest.param("('A', {'n': 1})", id="tuple"),
        pytest.param("['A', {'n': 1}]", id="list"),
        pytest.param("{'b': {'n': 1}, 'a': 'A'}", id="dict"),
        pytest.param("collections.namedtuple('R', 'b a')(b={'n': 1}, a='A')", id="named-tuple"),
    ],
)
def test_several_outputs_are_returned_together(sandbox: Sandbox, returned: str) -> None:
    a, b = sandbox.output("a", "text"), sandbox.output("b", "json")

    sandbox.run(f"import collections\ndef f(): return {returned}")

    assert (a.read_text(), json.loads(b.read_text())) == ("A", {"n": 1})


def test_outputs_without_names_are_in_order(sandbox: Sandbox) -> None:
    a, b = sandbox.output(None, "text"), sandbox.output(None, "text")

    sandbox.run("def f(): return 'A', 'B'")

    assert (a.read_text(), b.read_text()) == ("A", "B")


@pytest.mark.parametrize(
    ("returned", "message"),
    [
        pytest.param(
            "('A',)",
            rf"F{WHAT} must return 2 outputs \('a', 'b'\), but returned 1 values. Return one for each",
            id="too-few",
        ),
        pytest.param("('A', 'B', 'C')", r"but returned 3 values.* or correct the `outputs` field", id="too-many"),
        pytest.param("'AB'", r"but returned a value of type str, 'AB'. Return a tuple .* or a dict by", id="one-value"),
        pytest.param("None", r"returned a value of type NoneType, None. Return a tuple", id="none"),
        pytest.param(
            "{'a': 'A', 'c': 'C'}",
            r"returned a dict, but the key 'c' is no output.; the output 'b' is missing. Outputs to return: 'a', 'b'. Correct",
            id="other-key",
        ),
        pytest.param("{'a': 'A', 'bb': ''}", r"the key 'bb' is no output. Did you mean 'b'\?", id="near-key"),
        pytest.param(
            "('A', None)", rf"Output 'b' was not produced: f{WHAT} returned None for it. Return str", id="none-of-two"
        ),
    ],
)
def test_what_is_not_one_value_for_each_output_is_told(sandbox: Sandbox, returned: str, message: str) -> None:
    sandbox.output("a", "text")
    sandbox.output("b", "text")

    with pytest.raises(OutputError, match=message):
        sandbox.run(f"def f(): return {returned}")


def test_a_dict_needs_names(sandbox: Sandbox) -> None:
    sandbox.output("a", "text")
    sandbox.output(None, "text")

    with pytest.raises(OutputError, match="not all of its outputs have names. Return a tuple of them, in order"):
        sandbox.run("def f(): return {'a': 'A', 'b': 'B'}")


@pytest.mark.parametrize(
    "signature",
    [
        pytest.param("clean: OutputPath", id="by-name"),
        pytest.param("out: OutputPath", id="the-only-one"),
        pytest.param("clean: Path", id="path-named-like-the-output"),
        pytest.param("clean: 'Path | None' = None", id="optional"),
        pytest.param("out: 'Optional[OutputPath]' = None", id="optional-output-path"),
        pytest.param("*, clean: 'wombat_step.OutputPath'", id="text"),
        pytest.param("clean: OutputPath, /", id="positional-only"),
    ],
)
@pytest.mark.parametrize("ending", ["", "\n    return {name}"])
def test_an_output_is_written_to_the_path_that_the_function_gets(sandbox: Sandbox, signature: str, ending: str) -> None:
    out = sandbox.output("clean", "text")
    name = signature.strip("*, /").split(":")[0]

    sandbox.run(
        "import wombat_step\nfrom pathlib import Path\nfrom typing import Optional\nfrom wombat_step import OutputPath\n"
        f"def f({signature}):\n    {name}.write_text('A'){ending.format(name=name)}"
    )

    assert out.read_text() == "A"


def test_an_output_without_a_name_is_written_to_its_path(sandbox: Sandbox) -> None:
    out = sandbox.output(None, "text")

    sandbox.run("from wombat_step import OutputPath\ndef f(anything: OutputPath): anything.write_text('A')")

    assert out.read_text() == "A"


def test_outputs_may_be_returned_and_written(sandbox: Sandbox) -> None:
    a, b, c = (sandbox.output(name, "text") for name in "abc")

    sandbox.run("from wombat_step import OutputPath\ndef f(b: OutputPath):\n    b.write_text('B')\n    return 'A', 'C'")

    assert [one.read_text() for one in (a, b, c)] == ["A", "B", "C"]


@pytest.mark.parametrize(
    ("body", "message"),
    [
        pytest.param(
            "pass", rf"Output 'out' was not produced: f{WHAT} got a path to write it to, but no file", id="nothing"
        ),
        pytest.param(
            "out.mkdir()", r"what was written to its path is a directory.*format=\"directory\"", id="directory"
        ),
        pytest.param(
            "out.write_text('A'); return 3", r"returned a value of type int, 3, but all outputs .*'out'", id="value"
        ),
        pytest.param("os.mkfifo(out)", r"what was written to its path is no regular file", id="fifo"),
    ],
)
def test_a_path_that_no_file_was_written_to_is_told(sandbox: Sandbox, body: str, message: str) -> None:
    sandbox.output("out", "text")

    with pytest.raises(OutputError, match=message):
        sandbox.run(f"import os\nfrom wombat_step import OutputPath\ndef f(out: OutputPath): {body}")


TABLE = "pa.table({'n': range(3), 's': list('abc')})"
WRITTEN = [
    pytest.param("parquet", f"pq.write_table({TABLE}, out)", 3, [["n", "int64"], ["s", "string"]], id="parquet"),
    pytest.param(
        "parquet",
        f"pl.from_arrow({TABLE}).write_parquet(out)",
        3,
        [["n", "int64"], ["s", "large_string"]],
        id="polars-parquet",
    ),
    pytest.param(
        "arrow", f"feather.write_feather({TABLE}, str(out))", 3, [["n", "int64"], ["s", "string"]], id="feather"
    ),
    pytest.param("csv", 'out.write_text(\'a,b\\n1,"x\\n""y"\n\n2,z\')', 2, None, id="csv"),
    pytest.param("csv", "out.write_text('a\\n\\n')", 1, None, id="csv-of-one-column"),
    pytest.param("jsonl", "out.write_text('{\"a\": 1}\\n\\n{}')", 2, None, id="jsonl"),
    pytest.param("jsonl", "out.write_text('{}\\n' * 5000)", 5000, None, id="long-jsonl"),
    pytest.param("json", "out.write_text('[1]')", None, None, id="json"),
    pytest.param("text", "out.write_text('')", None, None, id="text"),
    pytest.param("file", "out.write_bytes(b'\\xff')", None, None, id="file"),
]
LIBRARIES = "import pyarrow as pa, pyarrow.parquet as pq, polars as pl, pyarrow.feather as feather\n"


@pytest.mark.parametrize(("format", "body", "rows", "columns"), WRITTEN)
@pytest.mark.parametrize("how", ["output-path", "returned-path"])
def test_a_file_that_was_written_is_checked_and_counted(
    sandbox: Sandbox, how: str, format: str, body: str, rows: int, columns: list[list[str]]
) -> None:
    sandbox.output("out", format)
    parameter, ending = ("out: OutputPath", "") if how == "output-path" else ("", "    return out")
    begin = "" if how == "output-path" else "    out = Path('made here')\n"
    body = body.replace("\n", "\\n")
    code = f"from pathlib import Path\nfrom wombat_step import OutputPath\n{LIBRARIES}def f({parameter}):\n{begin}    {body}\n{ending}"

    sandbox.run(code)

    assert sandbox.result["outputs"] == [{"rows": rows, "columns": columns, "files": None}]


@pytest.mark.parametrize(
    ("format", "body", "problem"),
    [
        pytest.param("parquet", "out.write_text('a,b')", "it begins with b'a,b'", id="csv-as-parquet"),
        pytest.param("parquet", "pass; out.write_bytes(b'')", r"the file is empty \(0 bytes\)", id="empty"),
        pytest.param("arrow", "t = pa.table({'a': [1]}); pa.ipc.new_file(str(out), t.schema).write(t)", "it does not end with b'ARROW1', so it is cut off or was not closed", id="not-closed"),
        pytest.param("parquet", "out.write_bytes(b'PAR1' + bytes(20) + b'PAR1')", "it cannot be parsed: ", id="no-metadata"),
        pytest.param("arrow", "out.write_bytes(b'ARROW1' + bytes(20) + b'ARROW1')", "it cannot be parsed: ", id="arrow"),
        pytest.param("csv", "out.write_bytes(b'a\\n\\xff\\n')", "it is not UTF-8: byte 0xff in line 2, at offset 2", id="csv"),
        pytest.param("csv", "out.write_text('')", r"the file is empty \(0 bytes\)", id="empty-csv"),
        pytest.param("csv", "out.write_text('\\n\\n')", "the file holds blank lines only", id="blank-csv"),
        pytest.param("jsonl", "out.write_text('{}\\n[1]\\n')", r"line 2 holds no JSON object, but '\[1\]'", id="jsonl"),
        pytest.param("jsonl", "out.write_text('{}\\n' * 3000 + '{')", r"line 3001: Expecting", id="end-of-jsonl"),
        pytest.param("json", "out.write_text('{\\n')", "it is not JSON: line 2, column 1", id="json"),
        pytest.param("text", "out.write_bytes(b'\\xe4')", "it is not UTF-8: byte 0xe4 in line 1, at offset 0", id="text"),
    ],
)  # fmt: skip
def test_a_written_file_of_another_format_is_told(sandbox: Sandbox, format: str, body: str, problem: str) -> None:
    sandbox.output("out", format)

    with pytest.raises(OutputFormatError, match=problem) as refused:
        sandbox.run(f"import os\nfrom wombat_step import OutputPath\n{LIBRARIES}def f(out: OutputPath):\n    {body}")

    message = str(refused.value)
    assert message.startswith(
        f"Output 'out' cannot be written as {format}: the file that function 'f' in etl/steps.py:"
    )
    assert message.endswith(
        "Write it in that format and close it, or correct the `format` field of the dataset target."
    )


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("a,b\n", 0),
        ("a,b", 0),
        ("a,b\r\n1,2\r\n\r\n3,4", 2),
        ('a,b\n"x\ny","z ""q""\n"\n', 1),
        ('"a\n","b"\n1,2\n', 1),
        ("a\n\n\n", 2),
        ("a\n1\n", 1),
        ("a,b\n\n\n", 0),
    ],
)
def test_csv_records_are_counted(tmp_path: Path, text: str, rows: int) -> None:
    (tmp_path / "x.csv").write_bytes(text.encode())

    assert count_csv_rows(str(tmp_path / "x.csv")) == rows


def test_csv_records_are_counted_over_the_ends_of_chunks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from wombat_step import _verify

    text = "a,b\n" + '"x\n""y","z"\n1,2\n\n' * 50
    (tmp_path / "x.csv").write_text(text)
    for size in (9, 10, 13, 64):
        monkeypatch.setattr(_verify, "_CHUNK_SIZE", size)

        assert count_csv_rows(str(tmp_path / "x.csv")) == 100


@pytest.mark.parametrize("returned", ["out", "Path('made')"])
def test_the_files_of_a_directory_are_put_beside_each_other(sandbox: Sandbox, returned: str) -> None:
    out = sandbox.output("out", "directory")
    parameter, begin = (
        ("out: OutputPath", "") if returned == "out" else ("", f"    out = {returned}\n    out.mkdir()\n")
    )
    ending = "" if returned == "out" else "    return out\n"

    sandbox.run(
        "import os\nfrom pathlib import Path\nfrom wombat_step import OutputPath\n"
        f"def f({parameter}):\n{begin}"
        "    (out / 'z').mkdir()\n    (out / 'empty').mkdir()\n"
        "    (out / 'z' / 'é x.txt').write_text('Z')\n    (out / 'b').write_text('B')\n    (out / 'B').write_text('C')\n"
        f"    os.chmod(out / 'b', 0o400)\n    os.symlink('b', out / 'link')\n    os.symlink('z', out / 'y')\n{ending}"
    )

    assert sandbox.result["outputs"] == [
        {"rows": None, "columns": None, "files": ["B", "b", "link", "y/é x.txt", "z/é x.txt"]}
    ]
    flat = {name: (out.parent / name).read_text() for name in ("000000", "000001", "000002", "000003", "000004")}
    assert flat == {"000000": "C", "000001": "B", "000002": "B", "000003": "Z", "000004": "Z"}
    assert all((out.parent / name).stat().st_mode & 0o777 == 0o644 for name in flat)
    assert not (out.parent / "000002").is_symlink()
    assert not out.exists()


@pytest.mark.parametrize(
    ("body", "message"),
    [
        pytest.param(
            "pass", rf"Output 'out' was not produced: f{WHAT} left its directory empty. Write at least", id="empty"
        ),
        pytest.param("os.rmdir(out)", "got the path of a directory, which is none any more", id="gone"),
        pytest.param("os.mkfifo(out / 'x')", "neither a file nor a directory.*Leave regular files", id="fifo"),
        pytest.param("os.symlink('..', out / 'up')", "a link leads to a directory that it stands in", id="loop"),
        pytest.param(
            "open(os.fsencode(out) + b'/\\xff', 'w').close()", r"the name of the file '.udcff' is not UTF-8", id="name"
        ),
    ],
)
def test_a_directory_that_cannot_be_kept_is_told(sandbox: Sandbox, body: str, message: str) -> None:
    sandbox.output("out", "directory")

    with pytest.raises(OutputError, match=message):
        sandbox.run(f"import os\nfrom wombat_step import OutputPath\ndef f(out: OutputPath): {body}")


def test_a_returned_path_that_is_no_file_is_told(sandbox: Sandbox) -> None:
    for format, made, message in (
        ("text", "", r"returned the path nowhere, but there is no such file. Return the path of a file"),
        ("text", "p.mkdir(); ", r"returned the path nowhere, but that is a directory"),
        (
            "directory",
            "p.rmdir(); p.write_text('x'); ",
            r"the returned path nowhere is no directory. Return the path of a",
        ),
    ):
        sandbox.outputs.clear()
        sandbox.output("out", format)
        with pytest.raises(OutputError, match=message):
            sandbox.run(f"from pathlib import Path\np = Path('nowhere')\ndef f(): {made}return p")


def test_a_returned_path_of_the_steps_own_is_moved(sandbox: Sandbox) -> None:
    out = sandbox.output("out", "file")

    sandbox.run(
        "import os\nfrom pathlib import Path\ndef f():\n    p = Path('made')\n    p.write_bytes(b'x')\n"
        "    print(os.stat(p).st_ino)\n    return p"
    )

    assert out.read_bytes() == b"x"
    assert not (sandbox.path / "work" / "made").exists()


def test_a_returned_path_of_others_is_copied(sandbox: Sandbox, tmp_path: Path) -> None:
    foreign = tmp_path / "foreign.bin"
    foreign.write_bytes(b"x")
    out = sandbox.output("out", "file")

    sandbox.run(f"from pathlib import Path\ndef f(): return Path({str(foreign)!r})")

    assert (foreign.read_bytes(), out.read_bytes()) == (b"x", b"x")
    assert out.stat().st_nlink == 1


def test_one_path_for_two_outputs_is_written_twice(sandbox: Sandbox) -> None:
    a, b = sandbox.output("a", "text"), sandbox.output("b", "directory")

    sandbox.run(
        "from pathlib import Path\ndef f():\n    d = Path('d')\n    d.mkdir()\n    (d / 'x').write_text('X')\n    return d / 'x', d"
    )

    assert a.read_text() == "X"
    assert (b.parent / "000000").read_text() == "X"


def test_a_link_in_place_of_an_output_becomes_a_file(sandbox: Sandbox, tmp_path: Path) -> None:
    foreign = tmp_path / "foreign.txt"
    foreign.write_text("x")
    for link in ("os.symlink", "os.link"):
        sandbox.outputs.clear()
        out = sandbox.output("out", "text")
        out.unlink(missing_ok=True)

        sandbox.run(
            f"import os\nfrom wombat_step import OutputPath\ndef f(out: OutputPath): {link}({str(foreign)!r}, out)"
        )

        assert not out.is_symlink() and out.stat().st_nlink == 1 and out.read_text() == "x"
    assert foreign.stat().st_mode == os.stat(foreign).st_mode


def test_the_result_is_the_same_each_time_and_names_no_place(sandbox: Sandbox) -> None:
    sandbox.output("out", "parquet")
    code = (
        "import pyarrow as pa\nfrom wombat_step import log_metrics\n"
        "def f():\n    log_metrics(b=1, a=2.5)\n    return pa.table({'n': [1]})"
    )

    first = sandbox.run(code)

    assert sandbox.run(code) == first
    assert str(sandbox.path) not in json.dumps(first)
    assert list(first["metrics"].items()) == [("a", 2.5), ("b", 1)]
    assert first["packages"]["pyarrow"] == pa.__version__
    assert first["version"] == 1 and first["python"].count(".") == 2
