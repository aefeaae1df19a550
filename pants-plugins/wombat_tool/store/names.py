"""The names of objects, as all places check them."""

from __future__ import annotations

from wombat_tool.errors import StoreError


def checked_parts(name: str) -> tuple[str, ...]:
    """The parts of an object's name between slashes.

    :raises StoreError: if it could lead out of the store.
    """
    parts = tuple(name.split("/"))
    if any(part in ("", ".", "..") for part in parts) or "\0" in name or "\\" in name:
        raise StoreError(
            f"The name {name!r}",
            problem="is none for an object of a store: it has an empty part, `.`, `..`, a backslash or a null in it.",
            mend="This is a bug of Wombat, or a document of the store was changed by hand; please report it.",
        )
    return parts
