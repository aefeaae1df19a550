"""A cache server in a cluster."""

from __future__ import annotations

from collections.abc import Sequence

from wombat_tool.deployment.settings import Settings
from wombat_tool.deployment.system import Deployment, GeneratedFile, System


class RemoteCacheSettings(Settings):
    """The settings of `remote_cache`."""


def service_address(address: str, settings: RemoteCacheSettings) -> str:
    """Where jobs of the cluster reach the server."""
    raise NotImplementedError


def render(deployment: Deployment[RemoteCacheSettings]) -> Sequence[GeneratedFile]:
    """The files of one target."""
    raise NotImplementedError


SYSTEM = System("remote_cache", RemoteCacheSettings, render)
