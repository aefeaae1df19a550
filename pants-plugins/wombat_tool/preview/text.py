"""Previews texts: how many lines they have, and the first of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from wombat_tool.files import single_file
from wombat_tool.preview.columns_table import Profile, profile_lines
from wombat_tool.preview.layout import count_text, size_text
from wombat_tool.preview.model import DOCUMENT_VERSION, Request
from wombat_tool.preview.width import ELLIPSIS, fit, printable, wrap
from wombat_tool.utf8 import utf8_chunks

# What is kept of a line; characters may take four bytes.
_MOST_CHARACTERS = 10_000
_MOST_BYTES = 4 * _MOST_CHARACTERS


@dataclass(frozen=True)
class TextPreview:
    """What a text holds.

    :param head: its first lines.
    :param has_cut: whether long lines in the head were cut.
    """

    heading: str
    size_bytes: int
    lines: int
    head: tuple[str, ...]
    has_cut: bool

    def to_document(self) -> dict[str, Any]:
        """The keys "lines", "head" (a list of lines without their ends) and "head_is_cut"."""
        return {
            "version": DOCUMENT_VERSION,
            "format": "text",
            "size_bytes": self.size_bytes,
            "lines": self.lines,
            "head": list(self.head),
            "head_is_cut": self.has_cut,
        }

    def facts(self) -> list[str]:
        """The size, and how many lines there are."""
        return ["text", size_text(self.size_bytes), count_text(self.lines, "line")]

    def sections(self, width: int, profile: Profile) -> list[list[str]]:
        """The first lines, each cut to the width."""
        lines = [fit(printable(line.expandtabs()), width) for line in self.head]
        if 0 < len(self.head) < self.lines:
            lines += wrap(f"… the first {len(self.head):,} of {count_text(self.lines, 'line')}", width)
        return [profile_lines(profile, width), lines]


def preview(request: Request) -> TextPreview:
    """Look at a text.

    :raises WombatToolError: if it is not there, or is not UTF-8.
    """
    file = single_file(request.path, request.format, title=request.title)
    ends = 0
    last = b""
    head: list[bytes] = []
    line = b""
    for chunk in utf8_chunks(file):
        ends += chunk.count(b"\n")
        last = chunk[-1:]
        parts = iter(chunk.split(b"\n", request.rows)) if len(head) < request.rows else iter(())
        line += next(parts, b"")[: _MOST_BYTES + 1 - len(line)]
        for part in parts:
            head.append(line)
            line = part[: _MOST_BYTES + 1]
    if last not in (b"", b"\n"):
        head.append(line)
    texts = [_text(one) for one in head[: request.rows]]
    return TextPreview(
        heading=printable(request.heading),
        size_bytes=file.size_bytes,
        lines=ends + (last not in (b"", b"\n")),
        head=tuple(request.mask.of("line", text) for text, _ in texts),
        has_cut=any(is_cut for _, is_cut in texts),
    )


def _text(line: bytes) -> tuple[str, bool]:
    """A line as text, and whether it was cut."""
    # All of it is UTF-8, except for a character that was cut at the end.
    text = line.decode("utf-8", "ignore").rstrip("\r")
    is_cut = len(text) > _MOST_CHARACTERS
    return (text[:_MOST_CHARACTERS] + ELLIPSIS if is_cut else text), is_cut
