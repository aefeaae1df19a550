"""The content of datasets from elsewhere: published versions, and files at a URI."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, replace
from typing import Iterable, List, Mapping
from urllib.parse import urlsplit

from pants.engine.fs import FileEntry, PathGlobs
from pants.engine.rules import Rule, collect_rules, rule
from pants.util.docutil import bin_name
from pants.util.logging import LogLevel

from wombat import compat
from wombat.graph.artifacts import lock_key, read_lock
from wombat.graph.errors import FetchError, ImportsLockError, UnpinnedDataError
from wombat.graph.formats import Format
from wombat.graph.model import ExternalFile, ImportedVersion, Origin
from wombat.rules.content import DatasetContent, content_of
from wombat.rules.store import AccessRequest, access_to
from wombat.rules.tool import ToolRequest, tool_of
from wombat.subsystems import StoreSubsystem

_FETCHED = "fetched"


@dataclass(frozen=True)
class LockRequest:
    """Asks for the lock file of imports."""


@dataclass(frozen=True)
class ImportsLock:
    """Pinned versions by `project//path:name@label`.

    :param path: of the lock file, relative to the build root.
    """

    path: str
    versions: Mapping[str, str]

    def version_of(self, origin: ImportedVersion) -> str | None:
        """The version that is meant; None if nothing pins it."""
        return origin.version if len(origin.version) == 64 else self.versions.get(lock_key(origin))


@dataclass(frozen=True)
class OriginRequest:
    """Asks for the content of a dataset from elsewhere."""

    address: str
    format: Format
    origin: Origin


@rule(desc="Read the lock file of imports", level=LogLevel.DEBUG)
async def read_imports_lock(request: LockRequest, options: StoreSubsystem) -> ImportsLock:
    path = options.imports_lock
    contents = await compat.digest_contents(await compat.path_globs_digest(PathGlobs([path])))
    if not contents:
        return ImportsLock(path, {})
    try:
        return ImportsLock(path, read_lock(contents[0].content))
    except ValueError as err:
        raise ImportsLockError(path, str(err), update_command=f"{bin_name()} update-imports ::") from err


imports_lock = compat.caller(read_imports_lock, LockRequest, ImportsLock)


def _pin_command(address: str) -> str:
    return f"{bin_name()} update-imports {address}"


@rule(desc="Fetch a dataset", level=LogLevel.DEBUG)
async def fetch_origin(request: OriginRequest) -> DatasetContent:
    origin = request.origin
    if isinstance(origin, ImportedVersion):
        lock = await imports_lock(LockRequest())
        version = lock.version_of(origin)
        if version is None:
            what = f"{origin.dataset}, label {origin.version!r}"
            raise UnpinnedDataError(request.address, what, pin_command=_pin_command(request.address))
        access = await access_to(AccessRequest(origin.store))
        project, _, address = origin.dataset.partition("//")
        what = f"the artifact store {access.uri}"
        arguments: List[str] = ["store-import", "--store", access.uri, "--project", project, "--address", address]
        arguments += ["--version", version, "--format", request.format.value, "--to", _FETCHED]
        description = f"Import {origin.dataset} {version[:12]}"
    else:
        assert isinstance(origin, ExternalFile), "There are two kinds of origin."
        what = origin.uri
        if not origin.is_pinned:
            raise UnpinnedDataError(request.address, what, pin_command=_pin_command(request.address))
        access = await access_to(AccessRequest(uri=origin.uri))
        arguments = ["store-download", "--uri", origin.uri, "--to", f"{_FETCHED}/data"]
        if origin.sha256 is not None:
            arguments += ["--sha256", origin.sha256]
        if origin.generation is not None:
            arguments += ["--generation", str(origin.generation)]
        description = f"Download {origin.uri}"
    tool = await tool_of(ToolRequest())
    process = tool.process(*arguments, description=description)
    # Not in a warm server: its forks have no business with the network's state of the server.
    process = replace(
        process,
        env={**process.env, **access.environment},
        use_nailgun=(),
        output_directories=(_FETCHED,),
    )
    result = await compat.fallible_process(process)
    if result.exit_code != 0:
        raise FetchError(request.address, what, result.stderr.decode(errors="replace"))
    entries = await compat.digest_entries(result.output_digest)
    files = {os.path.basename(entry.path): entry for entry in entries if isinstance(entry, FileEntry)}
    if isinstance(origin, ExternalFile):
        ending = os.path.splitext(urlsplit(origin.uri).path)[1] or request.format.suffix
        return content_of([FileEntry(f"data{ending}", files["data"].file_digest)])
    # The files arrive flat, as numbers: some cache servers lose nested trees.
    document = json.loads(result.stdout)
    named = [
        FileEntry(name, files[f"{number:06}"].file_digest) for number, name in enumerate(document["files"])
    ]
    return content_of(
        named, directory=document["is_directory"], rows=document["rows"], columns=document["columns"]
    )


origin_content = compat.caller(fetch_origin, OriginRequest, DatasetContent)


def rules() -> Iterable[Rule]:
    return collect_rules()
