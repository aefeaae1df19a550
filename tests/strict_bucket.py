"""A double of a bucket of Google Cloud Storage that holds every precondition and checksum, and fails on demand."""

from __future__ import annotations

import base64
import contextlib
import json
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Optional
from urllib.parse import parse_qs, unquote, urlsplit

import google_crc32c

BUCKET = "wombat-tests"
_PATH = re.compile(r"/(upload/|download/)?storage/v1/b/([^/]+)/o(?:/([^/]+))?(?:/rewriteTo/b/[^/]+/o/([^/]+))?")


@dataclass
class Stored:
    """An object of the double."""

    content: bytes
    generation: int
    updated: float
    metadata: Any = None


@dataclass
class Fault:
    """What goes wrong with some requests.

    :param matches: whether a request, as its method and its path with the query, is meant.
    :param status: what is answered in place of the right answer; None to cut the connection.
    :param times: with how many requests.
    :param is_done: whether the request is carried out nevertheless, so that just the answer is lost.
    :param kept_bytes: of a part of an upload, how many bytes are kept before it fails; of a download, how many are sent.
    """

    matches: Callable[[str, str], bool]
    status: Optional[int] = None
    times: int = 1
    is_done: bool = False
    kept_bytes: Optional[int] = None
    message: str = "It is a test."


@dataclass
class Session:
    """An upload in parts that is not complete."""

    name: str
    metadata: dict[str, Any]
    query: dict[str, str]
    content: bytearray = field(default_factory=bytearray)


class Refused(Exception):
    """An answer other than success."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class StrictBucket:
    """What the double holds: one bucket, whose every request is held against all of its preconditions.

    After https://cloud.google.com/storage/docs/request-preconditions and the reference of the JSON API.
    """

    def __init__(self) -> None:
        self.objects: dict[str, Stored] = {}
        self.sessions: dict[str, Session] = {}
        self.faults: list[Fault] = []
        self.requests: list[tuple[str, str]] = []
        self.lock = threading.RLock()
        self._generation = 1_000_000

    def fail(self, method: str, path: str, **how: Any) -> None:
        """Let requests go wrong whose method is this, and in whose path there is that pattern."""
        pattern = re.compile(path)
        self.faults.append(Fault(lambda m, p: m == method and bool(pattern.search(p)), **how))

    def fault(self, method: str, path: str) -> Optional[Fault]:
        """What is to go wrong with this request."""
        with self.lock:
            self.requests.append((method, path))
            for fault in self.faults:
                if fault.times > 0 and fault.matches(method, path):
                    fault.times -= 1
                    return fault
        return None

    def put(self, name: str, content: bytes, metadata: dict[str, Any], query: dict[str, str]) -> dict[str, Any]:
        """Write an object, if its preconditions and checksums hold."""
        with self.lock:
            self.hold(name, query, "ifGenerationMatch")
            if metadata.get("crc32c") not in (None, _crc32c(content)):
                raise Refused(400, "Provided CRC32C does not match the calculated CRC32C.")
            self._generation += 1
            self.objects[name] = Stored(content, self._generation, time.time(), metadata.get("metadata"))
            return self.resource(name)

    def hold(self, name: str, query: dict[str, str], condition: str) -> None:
        """Refuse what a precondition forbids."""
        if condition in query:
            there = self.objects.get(name)
            if int(query[condition]) != (there.generation if there else 0):
                raise Refused(412, "At least one of the pre-conditions you specified did not hold.")

    def get(self, name: str, query: dict[str, str], generation: str = "generation") -> Stored:
        """An object, or its generation that is asked for."""
        there = self.objects.get(name)
        if there is None or int(query.get(generation, there.generation)) != there.generation:
            raise Refused(404, f"No such object: {BUCKET}/{name}")
        return there

    def resource(self, name: str) -> dict[str, Any]:
        """An object as the API describes it."""
        there = self.objects[name]
        moment = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(there.updated)) + f".{int(there.updated % 1 * 1e6):06}Z"
        return {
            "kind": "storage#object",
            "name": name,
            "bucket": BUCKET,
            "generation": str(there.generation),
            "metageneration": "1",
            "size": str(len(there.content)),
            "crc32c": _crc32c(there.content),
            "updated": moment,
            "timeCreated": moment,
            "metadata": there.metadata,
        }

    def listed(self, query: dict[str, str]) -> dict[str, Any]:
        """A page of the objects."""
        with self.lock:
            names = sorted(name for name in self.objects if name.startswith(query.get("prefix", "")))
            names = [name for name in names if name > query.get("pageToken", "")]
            most = int(query.get("maxResults", 5))
            page = {"kind": "storage#objects", "items": [self.resource(name) for name in names[:most]]}
            return {**page, "nextPageToken": names[most - 1]} if len(names) > most else page


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Otherwise each answer waits for the acknowledgement of its head.
    disable_nagle_algorithm = True
    wbufsize = -1
    server: _Server

    def log_message(self, format: str, *arguments: Any) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        """Read, or list."""
        self._answer()

    def do_POST(self) -> None:
        """Upload, begin to upload in parts, or rewrite."""
        self._answer()

    def do_PUT(self) -> None:
        """Go on with an upload."""
        self._answer()

    def do_DELETE(self) -> None:
        """Delete."""
        self._answer()

    def _answer(self) -> None:
        bucket = self.server.bucket
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        fault = bucket.fault(self.command, self.path)
        if fault is not None and not fault.is_done:
            if fault.kept_bytes is not None and self.command == "PUT":
                self._part(body[: fault.kept_bytes], cut=True)
            if fault.kept_bytes is None or self.command == "PUT":
                self._fail(fault)
                return
        try:
            with bucket.lock:
                status, headers, content = self._result(body)
        except Refused as refused:
            status, headers, content = refused.status, {}, _error_body(refused.status, str(refused))
        if fault is not None and fault.is_done:
            self._fail(fault)
            return
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if fault is not None:
            self.wfile.write(content[: fault.kept_bytes])
            self._cut()
        else:
            self.wfile.write(content)

    def _fail(self, fault: Fault) -> None:
        if fault.status is None:
            self._cut()
            return
        content = _error_body(fault.status, fault.message)
        self.send_response(fault.status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def _cut(self) -> None:
        self.close_connection = True
        self.wfile.flush()
        with contextlib.suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)

    def _result(self, body: bytes) -> tuple[int, dict[str, str], bytes]:
        bucket = self.server.bucket
        parts = urlsplit(self.path)
        query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
        is_json = {"Content-Type": "application/json"}
        found = _PATH.fullmatch(parts.path)
        if found is None or found[2] != BUCKET:
            raise Refused(404, "The specified bucket does not exist.")
        kind, name = found[1], unquote(found[3] or "")
        if self.command == "PUT":
            return self._part(body)
        if kind == "upload/":
            if query["uploadType"] == "resumable":
                metadata = json.loads(body)
                bucket.hold(metadata["name"], query, "ifGenerationMatch")
                key = f"secret-{len(bucket.sessions)}"
                bucket.sessions[key] = Session(metadata["name"], metadata, query)
                location = f"{self.server.address}{parts.path}?uploadType=resumable&upload_id={key}"
                return 200, {"Location": location}, b""
            metadata, content = _parts(body, self.headers["Content-Type"])
            resource = bucket.put(metadata["name"], content, metadata, query)
            return 200, is_json, json.dumps(resource).encode()
        if found[4]:
            source = bucket.get(name, query, "sourceGeneration")
            bucket.hold(name, query, "ifSourceGenerationMatch")
            resource = bucket.put(unquote(found[4]), source.content, {"metadata": source.metadata}, query)
            done = {"done": True, "totalBytesRewritten": "0", "objectSize": "0", "resource": resource}
            return 200, is_json, json.dumps(done).encode()
        if not name:
            return 200, is_json, json.dumps(bucket.listed(query)).encode()
        there = bucket.get(name, query)
        if self.command == "DELETE":
            bucket.hold(name, query, "ifGenerationMatch")
            del bucket.objects[name]
            return 204, {}, b""
        if query.get("alt") != "media":
            return 200, is_json, json.dumps(bucket.resource(name)).encode()
        headers = {"x-goog-generation": str(there.generation), "Content-Type": "application/octet-stream"}
        asked = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
        if asked is None:
            return 200, headers, there.content
        first_byte, last = int(asked[1]), int(asked[2] or len(there.content) - 1)
        if first_byte >= len(there.content):
            raise Refused(416, "The requested range cannot be satisfied.")
        headers["Content-Range"] = f"bytes {first_byte}-{last}/{len(there.content)}"
        return 206, headers, there.content[first_byte : last + 1]

    def _part(self, body: bytes, *, cut: bool = False) -> tuple[int, dict[str, str], bytes]:
        bucket = self.server.bucket
        key = parse_qs(urlsplit(self.path).query)["upload_id"][0]
        session = bucket.sessions.get(key)
        if session is None:
            raise Refused(404, "No such upload.")
        asked = re.fullmatch(r"bytes (?:(\d+)-(\d+)|\*)/(\d+)", self.headers["Content-Range"])
        assert asked is not None
        if body:
            start = int(asked[1])
            if start > len(session.content):
                raise Refused(400, "There is a gap before this part.")
            session.content[start:] = body
        if len(session.content) == int(asked[3]) and not cut:
            resource = bucket.put(session.name, bytes(session.content), session.metadata, session.query)
            del bucket.sessions[key]
            return 200, {"Content-Type": "application/json"}, json.dumps(resource).encode()
        held = {"Range": f"bytes=0-{len(session.content) - 1}"} if session.content else {}
        return 308, held, b""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, bucket: StrictBucket) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.bucket = bucket
        self.address = f"http://127.0.0.1:{self.server_address[1]}"


@contextlib.contextmanager
def strict_gcs_server() -> Iterator[tuple[str, StrictBucket]]:
    """Serve the double; gives its address and what it holds."""
    bucket = StrictBucket()
    server = _Server(bucket)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server.address, bucket
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _parts(body: bytes, content_type: str) -> tuple[dict[str, Any], bytes]:
    """The two parts of an upload in one request."""
    boundary = b"--" + content_type.partition("boundary=")[2].strip("'\"").encode()
    _, head, content, _ = body.split(boundary)
    described, content = (part.partition(b"\r\n\r\n")[2].removesuffix(b"\r\n") for part in (head, content))
    return json.loads(described), content


def _error_body(status: int, message: str) -> bytes:
    return json.dumps({"error": {"code": status, "message": message, "errors": [{"message": message}]}}).encode()


def _crc32c(content: bytes) -> str:
    return base64.b64encode(google_crc32c.Checksum(content).digest()).decode()
