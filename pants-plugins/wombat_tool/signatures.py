"""Guesses what a file is from how it begins."""

from __future__ import annotations

import codecs

UNKNOWN = "unknown binary data"
UTF16_TEXT = "text in UTF-16"

# Offset, bytes and kind; the more special ones first. From the formats' own specifications.
_SIGNATURES = (
    (0, b"PAR1", "Parquet file"),
    (0, b"PARE", "encrypted Parquet file"),
    (0, b"ARROW1", "Arrow IPC file"),
    (0, b"\xff\xff\xff\xff", "Arrow IPC stream (not an Arrow IPC file)"),
    (0, b"FEA1", "Feather version 1 file"),
    (0, b"ORC", "ORC file"),
    (0, b"Obj\x01", "Avro file"),
    (0, b"SQLite format 3\0", "SQLite database"),
    (8, b"DUCK", "DuckDB database"),
    (0, b"\x89HDF\r\n\x1a\n", "HDF5 file"),
    (0, b"CDF\x01", "NetCDF file"),
    (0, b"CDF\x02", "NetCDF file"),
    (0, b"\x93NUMPY", "NumPy array"),
    (0, b"GGUF", "GGUF model"),
    (0, b"\x80\x02", "Python pickle"),
    (0, b"\x80\x03", "Python pickle"),
    (0, b"\x80\x04\x95", "Python pickle"),
    (0, b"\x80\x05\x95", "Python pickle"),
    (0, b"\x1f\x8b", "gzip-compressed data"),
    (0, b"BZh", "bzip2-compressed data"),
    (0, b"\xfd7zXZ\0", "xz-compressed data"),
    (0, b"\x28\xb5\x2f\xfd", "zstd-compressed data"),
    (0, b"\x04\x22\x4d\x18", "LZ4-compressed data"),
    (0, b"7z\xbc\xaf\x27\x1c", "7-Zip archive"),
    (257, b"ustar", "tar archive"),
    (0, b"\x89PNG\r\n\x1a\n", "PNG image"),
    (0, b"\xff\xd8\xff", "JPEG image"),
    (0, b"GIF8", "GIF image"),
    (0, b"II*\0", "TIFF image"),
    (0, b"MM\0*", "TIFF image"),
    (8, b"WEBP", "WebP image"),
    (8, b"WAVE", "WAV sound"),
    (0, b"fLaC", "FLAC sound"),
    (0, b"OggS", "Ogg media"),
    (4, b"ftyp", "MP4 media"),
    (0, b"%PDF-", "PDF document"),
    (0, b"\x7fELF", "ELF program or library"),
    (0, b"\xff\xfe", UTF16_TEXT),
    (0, b"\xfe\xff", UTF16_TEXT),
)
_TEXT_SIGNATURES = (
    (b"%pdf-", "PDF document"),
    (b"#!", "script"),
    (b"version https://git-lfs", "Git LFS pointer"),
    (b"<!doctype html", "HTML page"),
    (b"<html", "HTML page"),
    (b"<?xml", "XML document"),
    (b"{", "text, perhaps JSON"),
    (b"[", "text, perhaps JSON"),
)
# What the first entry of a zip archive is called; its name begins at byte 30 (APPNOTE.TXT, section 4.3.7).
_ZIP_NAME_OFFSET = 30
_ZIP_ENTRIES = (
    (b"[Content_Types].xml", "Office Open XML document"),
    (b"_rels/", "Office Open XML document"),
    (b"mimetypeapplication/epub", "EPUB book"),
    (b"mimetypeapplication/vnd.oasis", "OpenDocument file"),
    (b"META-INF/", "Java archive"),
)


def kind_of(head: bytes) -> str:
    """What a file that begins so seems to be, in a few words.

    :param head: its first bytes, as many as there are or a few thousand.
    """
    if not head:
        return "empty file"
    if is_text(head):
        # Checked first, as a table of texts may begin with a column that is called "ORC".
        begin = head[:64].lstrip(codecs.BOM_UTF8).lstrip().lower()
        return next((kind for signature, kind in _TEXT_SIGNATURES if begin.startswith(signature)), "text")
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _kind_of_zip(head)
    return next((kind for offset, signature, kind in _SIGNATURES if head.startswith(signature, offset)), UNKNOWN)


def is_text(head: bytes) -> bool:
    """Whether a file that begins so can be text in UTF-8."""
    try:
        # The last character may be cut.
        text = codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return False
    return not any(character < " " and character not in "\t\n\r\f\x1b" for character in text)


def _kind_of_zip(head: bytes) -> str:
    name_length = int.from_bytes(head[26:28], "little")
    name = head[_ZIP_NAME_OFFSET : _ZIP_NAME_OFFSET + name_length]
    for begin, kind in _ZIP_ENTRIES:
        if head.startswith(begin, _ZIP_NAME_OFFSET):
            return kind
    if name.endswith(b"/data.pkl"):
        return "PyTorch model"
    if name.endswith(b".npy"):
        return "archive of NumPy arrays"
    return "zip archive"
