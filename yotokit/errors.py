"""Every exception of the package.

Each message says what happened, to which file, and what to do. No library's own exception
crosses a floor: it is the ``__cause__`` of one of these.

::

    YotokitError
    ├── SettingError                 an argument or environment variable cannot be used
    ├── InputError                   .path   what was submitted cannot be taken
    │   ├── MissingFileError         nothing is there
    │   ├── NotAFileError            a folder, a pipe, a device
    │   ├── EmptyFileError           zero bytes
    │   ├── UnreadableFileError      the system refuses to open it
    │   └── NoAudioFoundError        a folder or pattern without a single audio file
    ├── AudioError                   .path   the file is there, its sound is not usable
    │   ├── UnreadableAudioError     not audio, damaged, or a codec that is not supported
    │   ├── EmptyAudioError          a header without a single sample
    │   ├── NonFiniteAudioError      NaN or infinite samples
    │   ├── AudioLimitError          a rate, a channel count, a length... out of bounds
    │   ├── SourceChangedError       the file changed between two stages
    │   └── IsolationError           its own process gave no usable answer
    │       ├── DecoderCrashedError  the process died
    │       └── DecoderTimeoutError  it was not done in time
    ├── YotoError
    │   ├── LoginRequiredError       no usable token
    │   ├── TransportError           no answer: refused, lost, timed out
    │   ├── UnexpectedAnswerError    an answer that the contract does not allow
    │   ├── ApiError                 .status .code .retry_after_s   the service said no
    │   │   ├── NotFoundError        404
    │   │   ├── RateLimitedError     429
    │   │   └── ServerError          5xx
    │   ├── UploadError              .status   the storage refused the bytes
    │   ├── TranscodeError           the service could not use the audio, or never finished
    │   └── CardConflictError        a card of that title is there, and it is not ours
    ├── JobCancelledError            also a concurrent.futures.CancelledError
    ├── SessionClosedError           the session was closed
    ├── EngineClosedError            the engine was closed
    ├── NothingToPublishError        .report   no track was done
    └── FinalizeError                .report   an ExceptionGroup of what failed, file by file
"""

from __future__ import annotations

from concurrent.futures import CancelledError
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = [
    "ApiError",
    "AudioError",
    "AudioLimitError",
    "CardConflictError",
    "DecoderCrashedError",
    "DecoderTimeoutError",
    "EmptyAudioError",
    "EmptyFileError",
    "EngineClosedError",
    "FinalizeError",
    "InputError",
    "IsolationError",
    "JobCancelledError",
    "LoginRequiredError",
    "MissingFileError",
    "NoAudioFoundError",
    "NonFiniteAudioError",
    "NotAFileError",
    "NotFoundError",
    "NothingToPublishError",
    "RateLimitedError",
    "ServerError",
    "SessionClosedError",
    "SettingError",
    "SourceChangedError",
    "TranscodeError",
    "TransportError",
    "UnexpectedAnswerError",
    "UnreadableAudioError",
    "UnreadableFileError",
    "UploadError",
    "YotoError",
    "YotokitError",
]


class YotokitError(Exception):
    """The root of every error that this package raises."""

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild, (type(self), self.args, self.__dict__)


def _rebuild(kind: type[YotokitError], args: tuple[Any, ...], state: dict[str, Any]) -> Any:
    """Make an error anew in another process, whatever its constructor asks for."""
    error = kind.__new__(kind, *args)
    error.args = args
    error.__dict__.update(state)
    return error


class SettingError(YotokitError, ValueError):
    """An argument or an environment variable holds a value that cannot be used."""


class _FileError(YotokitError):
    """An error about one file, whose path is in `path` and at the head of the message."""

    def __init__(self, path: str | Path, problem: str) -> None:
        super().__init__(f"{path}: {problem}")
        self.path = Path(path)
        self.problem = problem


class InputError(_FileError):
    """What was submitted cannot be taken."""


class MissingFileError(InputError, FileNotFoundError):
    """Nothing is at that path."""


class NotAFileError(InputError):
    """A folder, a pipe or a device stands where an audio file was meant."""


class EmptyFileError(InputError):
    """The file holds zero bytes."""


class UnreadableFileError(InputError):
    """The operating system does not let us read the file."""


class NoAudioFoundError(InputError):
    """A folder or a pattern that holds not a single audio file."""


class AudioError(_FileError):
    """The file is there; its sound cannot be used."""


class UnreadableAudioError(AudioError):
    """Not audio, damaged, or in a codec that is not supported."""


class EmptyAudioError(AudioError):
    """The file has an audio header, and not a single sample."""


class NonFiniteAudioError(AudioError):
    """The file decodes to NaN or infinite samples."""


class AudioLimitError(AudioError):
    """A sample rate, a channel count, a duration or the memory it takes is out of bounds."""


class SourceChangedError(AudioError):
    """The file changed between the time it was measured and the time it was used."""


class IsolationError(AudioError):
    """The process of its own that worked on the file gave no usable answer."""


class DecoderCrashedError(IsolationError):
    """The process of its own died: the decoder crashed on the file."""


class DecoderTimeoutError(IsolationError, TimeoutError):
    """The process of its own was not done with the file in the time that it had."""


class YotoError(YotokitError):
    """Something between us and the Yoto service."""


class LoginRequiredError(YotoError):
    """There is no token, or the service does not accept the one there is."""


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
    """Writing would overwrite a card that this session did not make."""


class JobCancelledError(YotokitError, CancelledError):
    """The job was cancelled before it was done."""


class SessionClosedError(YotokitError):
    """The session was closed; make a new one of the same title to go on."""


class EngineClosedError(YotokitError):
    """The engine was closed; no work goes on in it."""


class NothingToPublishError(YotokitError):
    """No track was done, so no card was written.

    Attributes
    ----------
    report : yotokit.Report
        What became of each file.
    """

    def __init__(self, message: str, report: Any) -> None:
        super().__init__(message)
        self.report = report


class FinalizeError(YotokitError, ExceptionGroup[Exception]):
    """Some files failed, and the caller asked for all or nothing: no card was written.

    Attributes
    ----------
    report : yotokit.Report
        What became of each file.
    """

    report: Any = None

    def derive(self, excs: Sequence[Any], /) -> Any:
        """Return a group of the same kind over some of the exceptions."""
        group = FinalizeError(self.message, excs)
        group.report = self.report
        return group
