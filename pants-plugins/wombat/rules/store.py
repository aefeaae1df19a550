"""How processes reach the artifact store, and what git says of the repository."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Iterable, Optional, Tuple

from pants.base.build_root import BuildRoot
from pants.engine.env_vars import EnvironmentVarsRequest
from pants.engine.rules import Rule, collect_rules, rule
from pants.util.frozendict import FrozenDict
from pants.util.logging import LogLevel
from pants.vcs.git import GitWorktreeRequest

from wombat import compat
from wombat.graph.artifacts import store_url
from wombat.subsystems import StoreSubsystem
from wombat.vcs import Checkout, checkout_at

_NETWORK = ("https_proxy", "HTTPS_PROXY", "no_proxy", "NO_PROXY", "REQUESTS_CA_BUNDLE", "SSL_CERT_DIR", "SSL_CERT_FILE")
# As google-auth and google-cloud-storage document them; HOME is where `gcloud auth` leaves its credentials.
_GOOGLE = (
    "CLOUDSDK_CONFIG",
    "GCE_METADATA_HOST",
    "GOOGLE_APPLICATION_CREDENTIALS",
    "GOOGLE_CLOUD_PROJECT",
    "HOME",
    "STORAGE_EMULATOR_HOST",
)


@dataclass(frozen=True)
class AccessRequest:
    """Asks for what a process needs to reach a place.

    :param store: an artifact store; None for that of this repository.
    :param uri: a file; "" for a store.
    """

    store: Optional[str] = None
    uri: str = ""


@dataclass(frozen=True)
class Access:
    """What a process needs to reach a place: its address and variables of the environment."""

    uri: str
    environment: FrozenDict[str, str]


@dataclass(frozen=True)
class CheckoutRequest:
    """Asks for the commit that is checked out."""


@rule(desc="Find the artifact store", level=LogLevel.DEBUG)
async def find_access(request: AccessRequest, options: StoreSubsystem, build_root: BuildRoot) -> Access:
    uri = request.uri or store_url(request.store or options.url, build_root.path)
    scheme = uri.partition("://")[0] if "://" in uri else ""
    names: Tuple[str, ...] = ()
    if scheme == "gs":
        names = (*_GOOGLE, *_NETWORK)
    elif scheme == "https":
        names = _NETWORK
    environment = await compat.environment_variables(EnvironmentVarsRequest(names))
    return Access(uri, FrozenDict(environment))


@rule(desc="Find the commit", level=LogLevel.DEBUG)
async def find_checkout(request: CheckoutRequest, build_root: BuildRoot) -> Checkout:
    # The worktree is never taken from a cache, so this runs in every session.
    worktree = await compat.git_worktree(GitWorktreeRequest())
    if worktree.git_worktree is None:
        return Checkout()
    return checkout_at(worktree.git_worktree._git_binary.path, build_root.path)


def rules() -> Iterable[Rule]:
    return collect_rules()


access_to = compat.caller(find_access, AccessRequest, Access)
checkout_of = compat.caller(find_checkout, CheckoutRequest, Checkout)
