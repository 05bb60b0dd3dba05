"""What a refusal means: from status and body to a typed error."""

from __future__ import annotations

import email.utils
import re
import time
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from yotokit.errors import (
    ApiError,
    LoginRequiredError,
    NotFoundError,
    RateLimitedError,
    ServerError,
    UnexpectedAnswerError,
    UploadError,
    YotoError,
)
from yotokit.yoto.hidden import Hidden
from yotokit.yoto.models import StreamAddress
from yotokit.yoto.plain import told

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = [
    "api_error",
    "checked",
    "fetch_refusal",
    "parsed",
    "place_of",
    "refusal",
    "retry_after_s",
    "senseless",
    "storage_refusal",
]

_SECRETS = frozenset({"access_token", "refresh_token", "id_token", "uploadUrl"})
_SIGNED = re.compile(r"[?&](X-Amz-)?Signature=", re.IGNORECASE)
_ERROR_CODE = re.compile(rb"<Code>(\w{1,60})</Code>")


def refusal(
    status: int,
    answer: Any,
    place: str,
    retry_after: str | None,
    hidden: Iterable[str] = (),
) -> YotoError:
    """Return the error for an answer of the API other than 2xx.

    Parameters
    ----------
    status : int
        The HTTP status.
    answer : object
        The JSON of the body, None if it is none.
    place : str
        What was asked, without anything secret.
    retry_after : str or None
        The header of that name.
    hidden : iterable of str
        Secrets that were sent.
    """
    code, detail = (told(part, hidden) for part in _problem(answer))
    said = f"{place} answered {status}" + (f": {detail}" if detail else "")
    if status == HTTPStatus.UNAUTHORIZED:
        return LoginRequiredError(
            f"{said}. The token is missing, wrong or expired; get a new one and set YOTOKIT_TOKEN"
        )
    if status == HTTPStatus.FORBIDDEN:
        said += ". The token lacks the permission for this; sign in again with all of them"
    kind = api_error(status)
    return kind(said, status=status, code=code, retry_after_s=retry_after_s(retry_after))


def storage_refusal(
    status: int, body: bytes, place: str, retry_after: str | None
) -> ApiError | UploadError:
    """Return the error for an answer of the storage other than 2xx.

    Its body may repeat the signature, so only the error's code is taken from it. The bytes are
    not read as the charset that they name: Python knows some that are no texts.
    """
    code = _ERROR_CODE.search(body[:4096])
    reason = f" ({code[1].decode()})" if code else ""
    said = f"the storage answered {status}{reason} to {place}"
    kind = api_error(status)
    if kind in (RateLimitedError, ServerError) or status == HTTPStatus.REQUEST_TIMEOUT:
        return kind(said, status=status, retry_after_s=retry_after_s(retry_after))
    return UploadError(f"{said}; submit the file again", status=status)


def fetch_refusal(status: int, place: str, retry_after: str | None) -> ApiError:
    """Return the error for an answer other than 2xx to a request without the bearer."""
    kind = api_error(status)
    said = f"{place} answered {status}"
    return kind(said, status=status, retry_after_s=retry_after_s(retry_after))


def retry_after_s(header: str | None) -> float | None:
    """Read ``Retry-After``, seconds or a date, as seconds from now; None if it is neither.

    Examples
    --------
    >>> retry_after_s("7"), retry_after_s("Thu, 01 Jan 1970 00:00:00 GMT"), retry_after_s("soon")
    (7.0, 0.0, None)
    """
    if header is None:
        return None
    if header.isascii() and header.strip().isdigit():
        return float(header)
    try:
        return max(0.0, email.utils.parsedate_to_datetime(header).timestamp() - time.time())
    except (TypeError, ValueError, OverflowError):
        return None


def api_error(status: int) -> type[ApiError]:
    """Return the kind of error that a status other than 2xx is."""
    if status == HTTPStatus.NOT_FOUND:
        return NotFoundError
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return RateLimitedError
    return ServerError if status >= HTTPStatus.INTERNAL_SERVER_ERROR else ApiError


def _problem(answer: Any) -> tuple[Any, Any]:
    """Return the code and the message of an error answer, in any of the shapes seen."""
    error = answer.get("error", answer) if isinstance(answer, dict) else None
    if isinstance(error, dict):
        return error.get("code"), error.get("message")
    return "", error


def checked(response: Any, place: str) -> tuple[int, dict[str, Any]]:
    """Return the status and the JSON object of an answer of the API.

    Raises
    ------
    YotoError
        It is a refusal, or no JSON object.
    """
    if not response.is_success:
        # Neither the answer nor the token becomes a variable, which a traceback may show.
        retry_after = response.headers.get("Retry-After")
        raise refusal(
            response.status_code, parsed(response), place, retry_after, _bearer_of(response)
        )
    answer = parsed(response)
    if not isinstance(answer, dict):
        raise senseless(place, "answered something that is no JSON object")
    return response.status_code, answer


def _bearer_of(response: Any) -> list[str]:
    return response.request.headers.get("Authorization", "").split()[1:]  # type: ignore[no-any-return]


def senseless(place: str, what: str) -> UnexpectedAnswerError:
    """Return the error for what the service never says, but a network's login page does."""
    return UnexpectedAnswerError(
        f"{place} {what}; a Wi-Fi login page may be in the way: open any page in a browser, then "
        "try again"
    )


def parsed(response: Any) -> Any:
    """Return the JSON of an answer, with the secrets in it hidden; None if it is none."""
    try:
        return response.json(object_hook=_hidden)
    except (ValueError, RecursionError):
        return None


def _hidden(found: dict[str, Any]) -> dict[str, Any]:
    for key, value in found.items():
        if isinstance(value, str) and (key in _SECRETS or _SIGNED.search(value)):
            # A stream's is part of its card, and goes back as it came.
            found[key] = StreamAddress(value) if key == "trackUrl" else Hidden(value)
    return found


def place_of(url: str) -> str:
    """Return an address without what may be secret in it."""
    try:
        parts = urlsplit(url)
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return "an address that is not valid"
    return f"{parts.scheme}://{parts.hostname}{port}{parts.path}"
