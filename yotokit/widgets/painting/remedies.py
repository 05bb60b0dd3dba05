"""What a person can do about an error, where its message alone may not be enough."""

from __future__ import annotations

from yotokit import errors

__all__ = ["remedy"]

# The first that fits counts, so the special ones come before the general.
_REMEDIES: tuple[tuple[type[Exception], str], ...] = (
    (errors.SourceChangedError, "leave the file as it is, and retry."),
    (errors.IsolationError, "retry; if it fails again, convert the file to WAV or FLAC."),
    (errors.AudioError, "export or convert the file again, then retry; or remove it."),
    (errors.InputError, "put the file in place, or mend it, then retry; or remove it."),
    (errors.LoginRequiredError, "sign in again with YotoClient.login(), then retry."),
    (errors.RateLimitedError, "wait a few minutes, then retry."),
    (errors.TransportError, "see that this machine is online, then retry."),
    (errors.UploadError, "retry; what is done of the file stays done."),
    (errors.TranscodeError, "retry; if it fails again, convert the file to WAV or FLAC."),
    (errors.YotoError, "wait a little, then retry; what is done of the file stays done."),
    (errors.LimitError, "make it shorter or remove it, or put it on another card."),
    (errors.YotokitError, "do what the message says, then retry; or remove the file."),
)
_UNKNOWN = (
    "retry; if it fails again, this is a fault of yotokit: please report it with the lines of "
    "its log."
)


def remedy(error: BaseException) -> str:
    """Return what to do about an error, as the end of a sentence.

    Examples
    --------
    >>> remedy(errors.TransportError("no answer"))
    'see that this machine is online, then retry.'
    """
    return next((text for kind, text in _REMEDIES if isinstance(error, kind)), _UNKNOWN)
