"""Seals secrets on their way to a step, so that no log of a command line or an environment can show them.

The key lies in a file that only the user can read; what travels is the ciphertext and the path of that file.
"""

from __future__ import annotations

import base64
import hashlib
import os
import tempfile
from dataclasses import dataclass
from typing import Any, Dict, Mapping

from wombat.graph.params import canonical_json

_KEY_BYTES = 32
_NONCE_BYTES = 16
_BLOCK_BYTES = 64


@dataclass(frozen=True)
class SealKey:
    """A key and the file that holds it."""

    path: str
    key: bytes

    @classmethod
    def at(cls, path: str) -> SealKey:
        """The key in a file, which is made with a new one if there is none.

        Made aside and linked into place, so that of two runs at once both get the same key.
        """
        if not os.path.exists(path):
            os.makedirs(os.path.dirname(path), exist_ok=True)
            # mkstemp makes files that only their owner can read.
            descriptor, aside = tempfile.mkstemp(dir=os.path.dirname(path))
            try:
                with os.fdopen(descriptor, "wb") as file:
                    file.write(os.urandom(_KEY_BYTES))
                os.link(aside, path)
            except FileExistsError:
                pass
            finally:
                os.unlink(aside)
        with open(path, "rb") as file:
            return cls(path, file.read())

    def seal(self, values: Mapping[str, str]) -> Dict[str, Any]:
        """The values as a document that `wombat_step` opens; equal values give an equal document.

        A stream cipher from a keyed BLAKE2b in counter mode, its nonce the keyed hash of the text itself.
        """
        text = canonical_json(dict(values)).encode("utf-8", "surrogatepass")
        nonce = hashlib.blake2b(text, key=self.key, digest_size=_NONCE_BYTES).digest()
        stream = b"".join(
            hashlib.blake2b(nonce + block.to_bytes(8, "big"), key=self.key, digest_size=_BLOCK_BYTES).digest()
            for block in range(len(text) // _BLOCK_BYTES + 1)
        )
        sealed = bytes(a ^ b for a, b in zip(text, stream))
        return {
            "key_file": self.path,
            "nonce": base64.b64encode(nonce).decode(),
            "text": base64.b64encode(sealed).decode(),
        }
