"""Text in which Argo would put something in place of `{{...}}`, and with it Kubeflow, which runs on Argo.

Both do so anywhere in a template, and have no way to write the two brackets themselves: an expression such as
`{{='{{'}}` gives them, but Argo reads what it gave once more. So what holds them goes other ways, or is refused.
https://argo-workflows.readthedocs.io/en/latest/variables/
"""

from __future__ import annotations

from collections.abc import Sequence

from wombat_tool.deployment.problems import DeploymentProblem, shown

OPENING = "{{"
OF_KUBERNETES = ("$(", "$$")
"""What Kubernetes reads in variables and arguments, after all has been put in."""


def refuse_tags(field: str, what: str, text: str, *, mend: str, read: Sequence[str] = (OPENING,)) -> None:
    """Refuse a text that goes a way on which nothing can be written differently.

    :param what: what the text is, with an article.
    :param read: what would be read in it.
    :raises DeploymentProblem: if some of that is in it, or a character that Argo cannot hand on.
    """
    odd = [part for part in read if part in text] + [character for character in text if _is_lost(character)]
    if odd:
        found = ascii(odd[0])
        message = f"leads to {what} with {found}, which would be read as something else on its way: {shown(text)}. {mend}"
        raise DeploymentProblem(field, message)


def _is_lost(character: str) -> bool:
    """Whether Go quotes it (`strconv.Quote`, by which Argo fills in tags) as JSON does not."""
    if character > "\uffff":
        return not character.isprintable()
    return (character < " " and character not in "\b\t\n\f\r") or character == "\x7f"
