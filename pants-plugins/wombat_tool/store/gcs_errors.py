"""What the client of Google Cloud Storage raises, as errors of the store.

Addresses of requests are never shown: those of uploads let whoever has one write.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Optional

from wombat_tool.errors import StoreError

_LOG_IN = (
    "Log in with `gcloud auth application-default login`, or set GOOGLE_APPLICATION_CREDENTIALS to the file of a service "
    "account; in CI use the workload identity of the job."
)
_MOST_SHOWN = 200


@contextmanager
def asking(where: str, verb: str) -> Iterator[None]:
    """Map what is raised while the bucket is asked for something.

    :param where: the object and the store, or just the store.
    :param verb: what is asked, as in "cannot be read".
    :raises StoreError: in its place.
    """
    import requests
    import urllib3
    from google.api_core.exceptions import GoogleAPIError
    from google.auth.exceptions import GoogleAuthError
    from google.cloud.storage.exceptions import InvalidResponse

    raised = (GoogleAPIError, GoogleAuthError, InvalidResponse, requests.RequestException, urllib3.exceptions.HTTPError)
    try:
        yield
    except (*raised, ConnectionError, TimeoutError) as err:
        raise _store_error(where, verb, err) from err


def missing_bucket_error(where: str) -> StoreError:
    """The error for a bucket that is not there."""
    return StoreError(
        where,
        problem="cannot be reached: there is no bucket of that name, or you may not know of it.",
        mend="Correct the url of the store, or create the bucket.",
    )


def _store_error(where: str, verb: str, err: BaseException) -> StoreError:
    from google.api_core.exceptions import RetryError
    from google.auth.exceptions import DefaultCredentialsError, GoogleAuthError, InvalidOperation, TransportError

    retried = ""
    if isinstance(err, RetryError):
        retried, err = " after several attempts", err.cause or err
    status = _status(err)
    if status == 401 or isinstance(err, InvalidOperation):
        return StoreError(where, problem=f"cannot be {verb}: the credentials are not accepted.", mend=_LOG_IN)
    if isinstance(err, DefaultCredentialsError):
        return StoreError(where, problem=f"cannot be {verb}: there are no credentials.", mend=_LOG_IN)
    if isinstance(err, GoogleAuthError) and not isinstance(err, TransportError):
        problem = f"cannot be {verb}: the credentials were refused, or are no longer valid."
        return StoreError(where, problem=problem, mend=_LOG_IN)
    if status is None:
        return StoreError(
            where,
            problem=f"cannot be {verb}{retried}: the connection failed ({type(err).__name__}).",
            mend="See that the network and its proxy let you reach Google Cloud Storage, and run the command again.",
        )
    if status == 403:
        return StoreError(
            where,
            problem=f"cannot be {verb}: access is denied{_said(err)}.",
            mend="Ask for the role Storage Object User on the bucket; to read, Storage Object Viewer is enough.",
        )
    if status == 404:
        return missing_bucket_error(where)
    if status == 429 or status >= 500:
        return StoreError(
            where,
            problem=f"cannot be {verb}{retried}: the server is busy or out of order (HTTP {status}{_said(err)}).",
            mend="Run the command again later: what was done already is not done again.",
        )
    return StoreError(
        where,
        problem=f"cannot be {verb}{retried}: the server refused it (HTTP {status}{_said(err)}).",
        mend="See what the server says; if nothing is wrong with the bucket, please report it as a bug.",
    )


def _status(err: Any) -> Optional[int]:
    """The HTTP status of the answer; None if there was no answer."""
    status = getattr(err, "code", None) or getattr(getattr(err, "response", None), "status_code", None)
    return None if status is None else int(status)


def _said(err: Any) -> str:
    """What the server itself said, without any address."""
    try:
        message = err.response.json()["error"]["message"]
    except (AttributeError, KeyError, TypeError, ValueError):
        return ""
    text = " ".join(re.sub(r"\b[a-z]+://\S+", "(an address)", str(message)).split()).rstrip(".")
    return f": {text[:_MOST_SHOWN]}" if text else ""
