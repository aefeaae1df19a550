"""Files from elsewhere: only the right one arrives, however often the connection breaks."""

from __future__ import annotations

import contextlib
import hashlib
import json
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Optional

import pytest

from strict_bucket import BUCKET, StrictBucket
from wombat_tool.__main__ import main
from wombat_tool.errors import StoreError
from wombat_tool.store.download import Patience, download, shown

CONTENT = bytes(range(256)) * 40_000
SHA256 = hashlib.sha256(CONTENT).hexdigest()
QUICK = Patience(tries=3, first_wait_s=0.01, timeout_s=2.0)


@dataclass
class Site:
    """A site with one file at every path, and how it answers."""

    content: bytes = CONTENT
    answers: list[dict[str, Any]] = field(default_factory=list)
    ranges: list[Optional[str]] = field(default_factory=list)
    etag: Optional[str] = '"1"'
    takes_ranges: bool = True
    address: str = ""

    def answer(self) -> dict[str, Any]:
        """What is special about the next answer; the last one of the list goes for all that follow."""
        if not self.answers:
            return {}
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


@pytest.fixture
def site() -> Iterator[Site]:
    """A site on this machine."""
    site = Site()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def log_message(self, format: str, *arguments: Any) -> None:
            """Say nothing."""

        def do_GET(self) -> None:
            """Answer with the file, or as the test says."""
            asked = self.headers.get("Range")
            site.ranges.append(asked)
            answer = site.answer()
            content, status = site.content, answer.get("status", 200)
            headers = dict(answer.get("headers", {}))
            if status == 200 and asked and site.takes_ranges and self.headers.get("If-Range") in (None, site.etag):
                start = int(asked.removeprefix("bytes=").removesuffix("-"))
                if start >= len(content):
                    status, headers = 416, {"Content-Range": f"bytes */{len(content)}"}
                else:
                    status, headers = 206, {"Content-Range": f"bytes {start}-{len(content) - 1}/{len(content)}"}
                    content = content[start:]
            if site.etag:
                headers["ETag"] = site.etag
            if status >= 300:
                content = b""
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content[: answer.get("bytes")])
            if "bytes" in answer:
                self.close_connection = True
                with contextlib.suppress(OSError):
                    self.connection.shutdown(socket.SHUT_RDWR)
            if "then" in answer:
                answer["then"]()

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    site.address = f"http://127.0.0.1:{server.server_address[1]}"
    yield site
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def fetch(site: Site, tmp_path: Path) -> Callable[..., bytes]:
    """Download the file of the site."""

    def run(**options: Any) -> bytes:
        download(f"{site.address}/data.csv", tmp_path / "target", patience=QUICK, **{"sha256": SHA256, **options})
        return (tmp_path / "target").read_bytes()

    return run


def test_a_file_arrives_with_missing_directories(site: Site, tmp_path: Path) -> None:
    found = download(f"{site.address}/data.csv", tmp_path / "a/b/target", sha256=SHA256)

    assert (tmp_path / "a/b/target").read_bytes() == CONTENT
    assert (found.content.sha256, found.content.size_bytes, found.generation) == (SHA256, len(CONTENT), None)
    assert [path.name for path in (tmp_path / "a/b").iterdir()] == ["target"]


def test_an_empty_file_arrives(site: Site, fetch: Callable[..., bytes]) -> None:
    site.content = b""

    assert fetch(sha256=hashlib.sha256(b"").hexdigest()) == b""


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
def test_a_busy_server_is_asked_again(site: Site, fetch: Callable[..., bytes], status: int) -> None:
    site.answers = [{"status": status, "headers": {"Retry-After": "0"}}, {"status": status}, {}]

    assert fetch() == CONTENT


def test_a_broken_connection_goes_on_where_it_broke(site: Site, fetch: Callable[..., bytes]) -> None:
    site.answers = [{"bytes": 4_000_000}, {"bytes": 3_000_000}, {"bytes": 2_000_000}, {}]

    assert fetch() == CONTENT
    assert site.ranges[0] is None
    assert all(asked for asked in site.ranges[1:])


def test_as_long_as_bytes_arrive_it_goes_on(site: Site, fetch: Callable[..., bytes]) -> None:
    site.answers = [{"bytes": 1_500_000}]

    assert fetch() == CONTENT
    assert len(site.ranges) > QUICK.tries


def test_a_connection_that_breaks_before_any_byte_is_tried_again(site: Site, fetch: Callable[..., bytes]) -> None:
    site.answers = [{"bytes": 0}, {"bytes": 0}, {}]

    assert fetch() == CONTENT


def test_a_server_without_ranges_sends_it_all_again(site: Site, fetch: Callable[..., bytes]) -> None:
    site.takes_ranges = False
    site.answers = [{"bytes": 4_000_000}, {}]

    assert fetch() == CONTENT


@pytest.mark.parametrize("etag", [None, '"1"'])
def test_a_file_that_changes_between_two_parts_is_not_mixed(
    site: Site, fetch: Callable[..., bytes], etag: Optional[str]
) -> None:
    site.etag = etag

    def change() -> None:
        site.content = CONTENT[::-1]
        site.etag = '"2"' if etag else None

    site.answers = [{"bytes": 4_000_000, "then": change}, {}]

    assert fetch(sha256=None) == CONTENT[::-1]


def test_an_earlier_run_is_continued(site: Site, fetch: Callable[..., bytes], tmp_path: Path) -> None:
    (tmp_path / f".wombat-{SHA256}.partial").write_bytes(CONTENT[:1000])

    assert fetch() == CONTENT
    assert site.ranges == ["bytes=1000-"]
    assert [path.name for path in tmp_path.iterdir()] == ["target"]


@pytest.mark.parametrize("left", [b"other bytes", CONTENT, CONTENT + b"more", CONTENT[:-1] + b"!"])
def test_whatever_an_earlier_run_left_the_right_file_arrives(
    fetch: Callable[..., bytes], tmp_path: Path, left: bytes
) -> None:
    (tmp_path / f".wombat-{SHA256}.partial").write_bytes(left)

    assert fetch() == CONTENT


def test_redirects_are_followed(site: Site, fetch: Callable[..., bytes]) -> None:
    site.answers = [{"status": 302, "headers": {"Location": "/elsewhere"}}, {}]

    assert fetch() == CONTENT


def test_a_file_with_another_digest_is_refused(fetch: Callable[..., bytes], tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=rf"/data.csv has 10,240,000 bytes with the SHA-256 {SHA256}, where the SHA-256 "):
        fetch(sha256="0" * 64)

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        pytest.param({"status": 404}, r"is not there \(HTTP 404\). Correct the uri.", id="404"),
        pytest.param({"status": 403}, r"access is denied \(HTTP 403\). See that the uri is public", id="403"),
        pytest.param({"status": 503}, r"is busy or out of order \(HTTP 503\), after several tries. Run", id="503"),
        pytest.param({"status": 418}, r"the server refuses it \(HTTP 418\). Correct the uri.", id="418"),
        pytest.param({"bytes": 0}, r"the connection failed \(\w+\), after several tries. See that the add", id="cut"),
        pytest.param(
            {"status": 302, "headers": {"Location": "/again"}}, r"the connection failed \(TooManyRed", id="redirects"
        ),
    ],
)
def test_what_does_not_pass_is_told_without_secrets(
    site: Site, tmp_path: Path, answer: dict[str, Any], message: str
) -> None:
    site.answers = [answer]
    uri = site.address.replace("http://", "http://user:password@") + "/data.csv?signature=secret"

    with pytest.raises(StoreError, match=message) as caught:
        download(uri, tmp_path / "target", sha256=SHA256, patience=QUICK)

    assert f"The file {site.address}/data.csv?... " in str(caught.value)
    assert "secret" not in str(caught.value) and "password" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_a_server_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"the connection failed \(Connection refused\), after several tries"):
        download("http://127.0.0.1:9/data.csv?secret", tmp_path / "target", sha256=SHA256, patience=QUICK)


def test_a_certificate_that_cannot_be_trusted_is_told(site: Site, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"the connection failed \(\w*SSL\w*\)"):
        download(site.address.replace("http:", "https:"), tmp_path / "target", sha256=SHA256, patience=QUICK)


def test_what_is_there_already_is_not_overwritten(fetch: Callable[..., bytes], tmp_path: Path) -> None:
    (tmp_path / "target").write_bytes(b"mine")

    with pytest.raises(StoreError, match="/target is there already. Remove it, or name another path."):
        fetch()

    assert (tmp_path / "target").read_bytes() == b"mine"


def test_uris_are_shown_without_what_gives_access() -> None:
    assert shown("https://user:password@host:1/a/b?X-Goog-Signature=1#x") == "https://host:1/a/b?..."
    assert shown("gs://bucket/a") == "gs://bucket/a"
    assert shown("https://[") == "https:..."


@pytest.mark.parametrize("uri", ["ftp://host/a", "a/b", "s3://bucket/a"])
def test_other_schemes_are_refused(tmp_path: Path, uri: str) -> None:
    with pytest.raises(StoreError, match="is none of the schemes https, gs and file. Give an uri that begins with"):
        download(uri, tmp_path / "target", sha256=SHA256)


# --- Files of this machine ---


def test_a_file_of_this_machine_is_copied(tmp_path: Path) -> None:
    (tmp_path / "the file").write_bytes(CONTENT)

    download((tmp_path / "the file").as_uri(), tmp_path / "target", sha256=SHA256)

    assert (tmp_path / "target").read_bytes() == CONTENT


def test_a_file_of_this_machine_that_is_another_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(CONTENT + b"!")

    with pytest.raises(StoreError, match=r"/file has 10,240,001 bytes .* is pinned. If it was changed on purpose, pin"):
        download((tmp_path / "file").as_uri(), tmp_path / "target", sha256=SHA256)

    assert [path.name for path in tmp_path.iterdir()] == ["file"]


@pytest.mark.parametrize("path", ["nothing", "."])
def test_a_file_of_this_machine_that_cannot_be_read_is_told(tmp_path: Path, path: str) -> None:
    with pytest.raises(StoreError, match=r"cannot be read: (No such file|Is a directory).* Correct the uri, and see"):
        download(f"{tmp_path.as_uri()}/{path}", tmp_path / "target", sha256=SHA256)


# --- Objects of buckets ---


def test_an_object_is_pinned_by_its_generation(strict_bucket: StrictBucket, tmp_path: Path) -> None:
    resource = strict_bucket.put("a/b.csv", CONTENT, {}, {})
    generation = int(resource["generation"])

    found = download(f"gs://{BUCKET}/a/b.csv", tmp_path / "target", generation=generation)

    assert (tmp_path / "target").read_bytes() == CONTENT
    assert (found.content.sha256, found.generation) == (SHA256, generation)


def test_an_object_of_another_generation_or_digest_is_refused(strict_bucket: StrictBucket, tmp_path: Path) -> None:
    strict_bucket.put("a/b.csv", CONTENT, {}, {})

    with pytest.raises(StoreError, match=f"gs://{BUCKET}/a/b.csv is not there in its generation 7. Pin another"):
        download(f"gs://{BUCKET}/a/b.csv", tmp_path / "target", generation=7)
    with pytest.raises(StoreError, match=f"gs://{BUCKET}/a/b.csv has 10,240,000 bytes .* is pinned"):
        download(f"gs://{BUCKET}/a/b.csv", tmp_path / "target", sha256="0" * 64)
    with pytest.raises(StoreError, match=f"gs://{BUCKET}/a/c.csv is not there. Correct the uri"):
        download(f"gs://{BUCKET}/a/c.csv", tmp_path / "target", sha256=SHA256)
    assert list(tmp_path.iterdir()) == []


def test_an_object_whose_connection_breaks_arrives(strict_bucket: StrictBucket, tmp_path: Path) -> None:
    strict_bucket.put("a/b.csv", CONTENT, {}, {})
    strict_bucket.fail("GET", "alt=media", kept_bytes=4_000_000, times=2)

    download(f"gs://{BUCKET}/a/b.csv", tmp_path / "target", sha256=SHA256, patience=QUICK)

    assert (tmp_path / "target").read_bytes() == CONTENT


# --- The command ---


def test_the_command_downloads_what_is_pinned(site: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["store-download", "--uri", f"{site.address}/a", "--to", str(tmp_path / "target")]

    assert main([*command, "--sha256", SHA256.upper()]) == 0

    assert (tmp_path / "target").read_bytes() == CONTENT
    assert capsys.readouterr().out == ""


def test_the_command_prints_what_pins_a_file(
    gcs_url: str, site: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["store-download", "--uri", f"{site.address}/a", "--unpinned", "--to", str(tmp_path / "target")])

    assert json.loads(capsys.readouterr().out) == {"sha256": SHA256, "size_bytes": len(CONTENT), "generation": None}


def test_the_command_prints_the_generation_of_an_object(
    strict_bucket: StrictBucket, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    generation = int(strict_bucket.put("a", CONTENT, {}, {})["generation"])

    main(["store-download", "--uri", f"gs://{BUCKET}/a", "--unpinned", "--to", str(tmp_path / "target")])

    printed = json.loads(capsys.readouterr().out)
    assert printed == {"sha256": SHA256, "size_bytes": len(CONTENT), "generation": generation}


def test_the_command_says_what_is_wrong(site: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    site.answers = [{"status": 404}]
    command = ["store-download", "--uri", f"{site.address}/a", "--to", str(tmp_path / "target")]

    assert main([*command, "--sha256", SHA256]) == 1
    assert capsys.readouterr().err.startswith(f"StoreError: The file {site.address}/a is not there (HTTP 404).")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        pytest.param([], "give --sha256 or --generation, or else --unpinned", id="not pinned"),
        pytest.param(["--sha256", SHA256, "--unpinned"], "give --sha256 or --generation, or else", id="both"),
        pytest.param(["--generation", "1"], "only objects of buckets, gs://..., have one; give --sha256", id="web"),
        pytest.param(["--generation", "x"], "must be a whole number, but was 'x'", id="generation"),
        pytest.param(["--sha256", "12"], "must be 64 hexadecimal digits, but was '12'", id="digest"),
    ],
)
def test_wrong_use_of_the_command_is_told(options: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["store-download", "--uri", "https://host/a", "--to", "a", *options])

    assert ended.value.code == 2
    assert message in capsys.readouterr().err
