"""What a refusal means: from status and body to a typed error."""

from __future__ import annotations

import email.utils
import re
import time
from http import HTTPStatus
from typing import Any
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

__all__ = ["checked", "place_of", "refusal", "retry_after_s", "storage_refusal"]

_LONGEST_MESSAGE = 300
_DELETED = "deleted card"  # said with 400, to a write
_ERROR_CODE = re.compile(r"<Code>(\w{1,60})</Code>")


def refusal(status: int, answer: Any, place: str, retry_after: str | None) -> YotoError:
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
    """
    code, detail = _problem(answer)
    said = f"{place} answered {status}" + (f": {detail}" if detail else "")
    if status == HTTPStatus.UNAUTHORIZED:
        return LoginRequiredError(
            f"{said}. The token is missing, wrong or expired; get a new one and set YOTOKIT_TOKEN"
        )
    if status == HTTPStatus.FORBIDDEN:
        said += ". The token lacks the permission for this; sign in again with all of them"
    kind = NotFoundError if _DELETED in detail.lower() else _api_error(status)
    return kind(said, status=status, code=code, retry_after_s=retry_after_s(retry_after))


def storage_refusal(
    status: int, body: str, place: str, retry_after: str | None
) -> ApiError | UploadError:
    """Return the error for an answer of the storage other than 2xx.

    Its body may repeat the signature, so only the error's code is taken from it.
    """
    code = _ERROR_CODE.search(body[:4096])
    reason = f" ({code[1]})" if code else ""
    said = f"the storage answered {status}{reason} to {place}"
    kind = _api_error(status)
    if kind in (RateLimitedError, ServerError):
        return kind(said, status=status, retry_after_s=retry_after_s(retry_after))
    return UploadError(f"{said}; submit the file again", status=status)


def retry_after_s(header: str | None) -> float | None:
    """Read ``Retry-After``, seconds or a date, as seconds from now; None if it is neither.

    Examples
    --------
    >>> retry_after_s("7"), retry_after_s("Thu, 01 Jan 1970 00:00:00 GMT"), retry_after_s("soon")
    (7.0, 0.0, None)
    """
    if header is None:
        return None
    if header.strip().isdigit():
        return float(header)
    try:
        return max(0.0, email.utils.parsedate_to_datetime(header).timestamp() - time.time())
    except (TypeError, ValueError, OverflowError):
        return None


def _api_error(status: int) -> type[ApiError]:
    if status == HTTPStatus.NOT_FOUND:
        return NotFoundError
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return RateLimitedError
    return ServerError if status >= HTTPStatus.INTERNAL_SERVER_ERROR else ApiError


def _problem(answer: Any) -> tuple[str, str]:
    """Return the code and the message of an error answer, in any of the shapes seen."""
    error = answer.get("error", answer) if isinstance(answer, dict) else None
    if isinstance(error, dict):
        return str(error.get("code") or ""), str(error.get("message") or "")[:_LONGEST_MESSAGE]
    return "", str(error or "")[:_LONGEST_MESSAGE]


def checked(response: Any, place: str) -> tuple[int, dict[str, Any]]:
    """Return the status and the JSON object of an answer of the API.

    Raises
    ------
    YotoError
        It is a refusal, or no JSON object.
    """
    try:
        answer = response.json()
    except ValueError:
        answer = None
    if not response.is_success:
        retry_after = response.headers.get("Retry-After")
        raise refusal(response.status_code, answer, place, retry_after)
    if not isinstance(answer, dict):
        raise UnexpectedAnswerError(
            f"{place} answered something that is no JSON object; a Wi-Fi login page may be in the "
            "way: open any page in a browser, then try again"
        )
    return response.status_code, answer


def place_of(url: str) -> str:
    """Return an address without what may be secret in it."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.hostname}{f':{parts.port}' if parts.port else ''}{parts.path}"
