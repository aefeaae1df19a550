"""The errors that the tool ends with; the text of each is the whole message for the user."""

from __future__ import annotations

_BUILD_AGAIN = "Build the data again, or correct the `format` field of its dataset target."


class WombatToolError(Exception):
    """Base class of all errors of this package."""


class DataError(WombatToolError):
    """Data is not of the format that its dataset declares.

    :param where: the dataset and the file.
    :param problem: what is wrong, as a sentence after a colon.
    """

    def __init__(self, where: str, format: str, *, problem: str, mend: str = _BUILD_AGAIN) -> None:
        super().__init__(f"{where} cannot be read as {format}: {problem} {mend}")


class MissingDataError(WombatToolError):
    """There is nothing at the path of the data, or a directory in the place of a file."""

    def __init__(self, where: str, *, problem: str, mend: str) -> None:
        super().__init__(f"{where} {problem} {mend}")


def first_sentence(err: BaseException, *, limit: int = 300) -> str:
    """The text of a library's error in one line, without its stack."""
    text = " ".join(str(err).split("\n\n")[0].split())
    text = text if len(text) <= limit else f"{text[:limit]}..."
    return text if text.endswith(".") else f"{text}."
