"""What can go wrong between us and the Yoto service."""

from __future__ import annotations

from typing import Any

from yotokit.errors.base import YotokitError

__all__ = [
    "ApiError",
    "CardConflictError",
    "CardLintError",
    "LoginRequiredError",
    "NotFoundError",
    "RateLimitedError",
    "ServerError",
    "TokenStoreError",
    "TranscodeError",
    "TransportError",
    "UnexpectedAnswerError",
    "UploadError",
    "YotoError",
]


class YotoError(YotokitError):
    """Something between us and the Yoto service."""


class LoginRequiredError(YotoError):
    """There is no token, or the service does not accept the one there is."""


class TokenStoreError(YotoError):
    """The place where tokens are kept cannot be used, or is open to others."""


class TransportError(YotoError):
    """No answer came: the connection was refused, lost, or timed out.

    Attributes
    ----------
    may_have_arrived : bool
        The request may have reached the service and had its effect.
    """

    def __init__(self, message: str, *, may_have_arrived: bool = True) -> None:
        super().__init__(message)
        self.may_have_arrived = may_have_arrived


class UnexpectedAnswerError(YotoError):
    """The answer is not what the service's contract allows (a login page of a Wi-Fi, say)."""


class ApiError(YotoError):
    """The service answered with an error.

    Attributes
    ----------
    status : int
        The HTTP status.
    code : str
        The service's own word for the problem, empty when it gave none.
    retry_after_s : float or None
        How long the service asks to wait, in seconds; None when it did not say.
    """

    def __init__(
        self, message: str, *, status: int, code: str = "", retry_after_s: float | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.retry_after_s = retry_after_s


class NotFoundError(ApiError):
    """What was asked for does not exist, or belongs to another account."""


class RateLimitedError(ApiError):
    """The service asks for a pause (429)."""


class ServerError(ApiError):
    """The service failed or is overloaded (5xx)."""


class UploadError(YotoError):
    """The storage behind the service refused the bytes.

    Attributes
    ----------
    status : int
        The HTTP status.
    """

    def __init__(self, message: str, *, status: int) -> None:
        super().__init__(message)
        self.status = status


class TranscodeError(YotoError):
    """The service could not use the audio, or never finished with it."""


class CardConflictError(YotoError):
    """Writing would overwrite a card that no session made, or what was changed on it elsewhere."""


class CardLintError(YotoError):
    """The service would refuse the card, or a player would choke on it; nothing was sent.

    Attributes
    ----------
    findings : tuple of Finding
        What, where, and what to do; see `yotokit.yoto.lint`.
    """

    def __init__(self, message: str, findings: tuple[Any, ...] = ()) -> None:
        super().__init__(message)
        self.findings = findings
