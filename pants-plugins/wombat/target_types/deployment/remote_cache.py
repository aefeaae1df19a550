"""The target type `remote_cache`."""

from __future__ import annotations

from pants.engine.target import Target
from pants.util.strutil import help_text

from wombat.target_types.deployment.common import COMMON_DEPLOYMENT_FIELDS


class RemoteCacheTarget(Target):
    alias = "remote_cache"
    core_fields = (*COMMON_DEPLOYMENT_FIELDS,)
    help = help_text(
        """
        A cache server in a cluster.
        """
    )
