"""What values settings of Airflow take, and how texts are written that Airflow takes for templates."""

from __future__ import annotations

import keyword
import re
from datetime import date
from typing import Annotated

from pydantic import AfterValidator

from wombat_tool.deployment.schedulers import is_absolute_path

_REFERENCE = re.compile(
    r"\{\{ ?("
    r"var\.value\.[A-Za-z_][A-Za-z0-9_]*|var\.value\.get\('[A-Za-z0-9_.-]+'\)|"
    r"conn\.([A-Za-z_][A-Za-z0-9_]*|get\('[A-Za-z0-9_.-]+'\))\.(host|login|password|schema|extra)|"
    r"conn\.([A-Za-z_][A-Za-z0-9_]*|get\('[A-Za-z0-9_.-]+'\))\.extra_dejson\.[A-Za-z_][A-Za-z0-9_]*"
    r") ?\}\}"
)
_REFERENCES = "'{{ var.value.NAME }}', '{{ conn.NAME.password }}' or '{{ conn.NAME.extra_dejson.KEY }}'"
# What a template is not the same as when it is rendered, or what Airflow takes for the name of a file with one.
_NOT_PLAIN = re.compile(r"\{[{%#]|\r|\n\Z|\.(?:sh|bash)\Z")


def is_reference(text: str) -> bool:
    """Whether the text asks Airflow for one of its variables or connections, and for nothing else."""
    return _REFERENCE.fullmatch(text) is not None


def plain_template(text: str) -> str:
    """A template that renders to the text, whatever is in it.

    Templates of Jinja lose the last end of line, and their ends of line become "\\n"; in the literals of its
    expressions backslashes escape as in Python (https://jinja.palletsprojects.com/en/stable/templates/#literals).
    """
    if not _NOT_PLAIN.search(text):
        return text
    escapes = {"\\": "\\\\", "'": "\\'", "\r": "\\r", "\n": "\\n"}
    return "{{ '" + "".join(escapes.get(character, character) for character in text) + "' }}"


def _reference(text: str) -> str:
    if not is_reference(text):
        raise ValueError(f"must be a reference that Airflow evaluates when a task starts: {_REFERENCES}")
    return text


def _repository(text: str) -> str:
    if not is_reference(text) and not is_absolute_path(text):
        raise ValueError(
            "must be an absolute path, such as '/srv/checkouts/monorepo', or a variable: '{{ var.value.NAME }}'"
        )
    return text


def _token(text: str) -> str:
    if not is_reference(text) and not is_absolute_path(text):
        raise ValueError(
            "must be the absolute path of a file on the workers, such as '/run/secrets/cache-token', or a reference that "
            f"Airflow evaluates when a task starts: {_REFERENCES}"
        )
    return text


def _dag_id(text: str) -> str:
    # https://github.com/apache/airflow/blob/3.0.0/task-sdk/src/airflow/sdk/definitions/_internal/node.py, validate_key
    if not re.fullmatch(r"[A-Za-z0-9_.-]{1,250}", text):
        raise ValueError("must be letters, digits, '_', '-' and '.', at most 250 characters")
    return text


def _date(text: str) -> str:
    try:
        is_date = date.fromisoformat(text).isoformat() == text
    except ValueError:
        is_date = False
    if not is_date:
        raise ValueError("must be a date such as '2026-01-31'")
    return text


def _email(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9.!#$&'*+/=?^_`|~-]+@[A-Za-z0-9.-]+", text):
        raise ValueError("must be an address for mail, such as 'team@example.org'")
    return text


def _callback(text: str) -> str:
    parts = text.split(".")
    is_name = all(re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", part) and not keyword.iskeyword(part) for part in parts)
    if len(parts) < 2 or not is_name:
        raise ValueError("must be a function that the workers can import, such as 'company.alerts.page_on_call'")
    return text


Reference = Annotated[str, AfterValidator(_reference)]
Repository = Annotated[str, AfterValidator(_repository)]
Token = Annotated[str, AfterValidator(_token)]
DagId = Annotated[str, AfterValidator(_dag_id)]
Date = Annotated[str, AfterValidator(_date)]
Email = Annotated[str, AfterValidator(_email)]
Callback = Annotated[str, AfterValidator(_callback)]
