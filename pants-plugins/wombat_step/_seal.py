"""Opens the secrets that the plugin sealed; `wombat.graph.seal` says how and why."""

from __future__ import annotations

import base64
import hashlib
import json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

_BLOCK_BYTES = 64


def unseal(document: Mapping[str, str]) -> dict[str, str]:
    """The values in a sealed document.

    :raises OSError: if the key's file is not there, as on another machine than the one that sealed them.
    """
    with open(document["key_file"], "rb") as file:
        key = file.read()
    nonce = base64.b64decode(document["nonce"])
    sealed = base64.b64decode(document["text"])
    stream = b"".join(
        hashlib.blake2b(nonce + block.to_bytes(8, "big"), key=key, digest_size=_BLOCK_BYTES).digest()
        for block in range(len(sealed) // _BLOCK_BYTES + 1)
    )
    text = bytes(a ^ b for a, b in zip(sealed, stream)).decode("utf-8", "surrogatepass")
    values: dict[str, str] = json.loads(text)
    return values
