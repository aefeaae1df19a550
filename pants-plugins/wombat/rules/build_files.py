"""BUILD files as goals read and edit them."""

from __future__ import annotations

import os
from typing import Dict, Iterable, Mapping, Optional, Tuple

from pants.engine.fs import Digest, PathGlobs

from wombat import compat
from wombat.graph.build_edit import with_field
from wombat.graph.names import split_address


async def build_files(addresses: Iterable[str]) -> Dict[str, str]:
    """The BUILD files of the directories of the addresses, by path."""
    directories = {split_address(address)[0] for address in addresses}
    globs = [os.path.join("" if one == "//" else one, "BUILD*") for one in sorted(directories)]
    digest: Digest = await compat.path_globs_digest(PathGlobs(globs))
    contents = await compat.digest_contents(digest)
    return {file.path: file.content.decode(errors="surrogateescape") for file in contents}


def edited_build(builds: Mapping[str, str], address: str, field: str, value: str) -> Optional[Tuple[str, str]]:
    """The BUILD file that declares the dataset, with a field set; None if it has to be done by hand."""
    directory, name, parameters = split_address(address)
    if parameters:
        return None
    for path, text in builds.items():
        if os.path.dirname(path) == ("" if directory == "//" else directory):
            edited = with_field(text, name, field, value)
            if edited is not None:
                return path, edited
    return None
