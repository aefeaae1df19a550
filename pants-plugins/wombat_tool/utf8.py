"""Reads bytes that must be UTF-8, and says where they are not."""

from __future__ import annotations

import codecs
from collections.abc import Iterator

from wombat_tool.errors import DataError
from wombat_tool.files import DataFile

CHUNK_BYTES = 1 << 20
_UTF16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def utf8_chunks(file: DataFile) -> Iterator[bytes]:
    """The bytes of the file in pieces, each checked; a piece may end within a character.

    :raises DataError: at the first piece that is not UTF-8.
    """
    decoder = codecs.getincrementaldecoder("utf-8")()
    line, offset = 1, 0
    with open(file.path, "rb") as opened:
        while True:
            chunk = opened.read(CHUNK_BYTES)
            pending = decoder.getstate()[0]
            try:
                decoder.decode(chunk, final=not chunk)
            except UnicodeDecodeError as err:
                raise not_utf8(file, pending + chunk, err.start, line=line, offset=offset - len(pending)) from err
            if not chunk:
                return
            yield chunk
            line += chunk.count(b"\n")
            offset += len(chunk)


def not_utf8(file: DataFile, data: bytes, position: int, *, line: int, offset: int) -> DataError:
    """The error to raise for a byte that is not UTF-8.

    :param position: where the byte is in `data`.
    :param line: the number of the line that `data` begins in.
    :param offset: where `data` begins in the file.
    """
    if offset == 0 and data.startswith(_UTF16_MARKS):
        return file.error(
            "it is text in UTF-16, and must be UTF-8.", mend="Convert it, as with `iconv -f utf-16 -t utf-8`."
        )
    line += data.count(b"\n", 0, position)
    return file.error(
        f"byte 0x{data[position]:02x} in line {line}, at offset {offset + position}, is not UTF-8.",
        mend="Save it as UTF-8, as with `iconv -f windows-1252 -t utf-8`.",
    )
