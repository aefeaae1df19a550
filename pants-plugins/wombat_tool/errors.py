"""The errors that the tool ends with; the text of each is the whole message for the user."""

from __future__ import annotations

from collections.abc import Sequence

_BUILD_AGAIN = "Build the data again, or correct the `format` field of its dataset target."
_MOST_MISTAKES = 50


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


class ContractError(WombatToolError):
    """A contract file is not right, or not there.

    :param name: what messages call the file.
    :param mistakes: each with its place and its mend.
    """

    def __init__(self, name: str, mistakes: Sequence[str]) -> None:
        self.mistakes = tuple(mistakes)
        if len(mistakes) == 1:
            super().__init__(mistakes[0])
            return
        shown = mistakes[:_MOST_MISTAKES]
        more = [f"... and {len(mistakes) - len(shown)} more."] if len(shown) < len(mistakes) else []
        super().__init__("\n".join([f"The contract {name} has {len(mistakes)} mistakes.", *shown, *more]))


class UnknownObjectError(WombatToolError):
    """A contract has no schema object of the name that a dataset gives, or several and the dataset gives none."""

    def __init__(self, name: str, *, problem: str, mend: str) -> None:
        super().__init__(f"The contract {name} {problem}. {mend}")


class ValidationError(WombatToolError):
    """Data could not be validated, for a reason that is neither the data nor its contract.

    :param problem: what happened, as the end of a sentence.
    """

    def __init__(self, where: str, *, problem: str, mend: str) -> None:
        super().__init__(f"The validation of {where} {problem} {mend}")


class StoreError(WombatToolError):
    """The artifact store, or something in it, is not as it must be, or the place refuses what was asked of it.

    :param where: the object and the store, as the beginning of a sentence.
    :param problem: what is wrong, as the rest of that sentence, with its full stop.
    """

    def __init__(self, where: str, *, problem: str, mend: str) -> None:
        super().__init__(f"{where} {problem} {mend}")


class DeploymentPlanError(WombatToolError):
    """The document that says what is deployed is not of the form that this version reads.

    :param problem: what is wrong, as the rest of a sentence.
    """

    def __init__(self, name: str, problem: str) -> None:
        super().__init__(f"The deployment plan {name} {problem} Use the plugin and its program in one version.")


class RetentionPolicyError(WombatToolError):
    """The document that says which versions are kept is not right; nothing is removed by it.

    :param name: what messages call the document.
    :param mistakes: each a sentence with its place.
    """

    def __init__(self, name: str, mistakes: Sequence[str]) -> None:
        super().__init__(
            f"The retention policy {name} cannot be used, and nothing was removed. "
            f"{' '.join(mistakes[:_MOST_MISTAKES])} "
            'Correct it, as in {"policy_version": 1, "default": {"keep_last": 5, "keep_days": 90}}.'
        )


def first_sentence(err: BaseException, *, limit: int = 300) -> str:
    """The text of a library's error in one line, without its stack."""
    text = " ".join(str(err).split("\n\n")[0].split())
    text = text if len(text) <= limit else f"{text[:limit]}..."
    return text if text.endswith(".") else f"{text}."
