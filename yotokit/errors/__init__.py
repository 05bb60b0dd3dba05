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
    │   ├── TokenStoreError          where tokens are kept cannot be used, or is open to others
    │   ├── TransportError           no answer: refused, lost, timed out
    │   ├── UnexpectedAnswerError    an answer that the contract does not allow
    │   ├── ApiError                 .status .code .retry_after_s   the service said no
    │   │   ├── NotFoundError        404
    │   │   ├── RateLimitedError     429
    │   │   └── ServerError          5xx
    │   ├── UploadError              .status   the storage refused the bytes
    │   ├── TranscodeError           the service could not use the audio, or never finished
    │   ├── CardConflictError        the card is not ours, or was changed elsewhere
    │   └── CardLintError            .findings   what is to be written would not play
    ├── LimitError                   .path   more than a card or a track may hold
    ├── JobCancelledError            also a concurrent.futures.CancelledError
    ├── SessionClosedError           the session was closed
    ├── EngineClosedError            the engine was closed
    ├── NothingToPublishError        .report   no track was done
    └── FinalizeError                .report   an ExceptionGroup of what failed, file by file

    UserWarning
    └── JournalWarning               what is done is not remembered on disk
"""

from yotokit.errors.base import (
    SettingError,
    YotokitError,
)
from yotokit.errors.files import (
    AudioError,
    AudioLimitError,
    DecoderCrashedError,
    DecoderTimeoutError,
    EmptyAudioError,
    EmptyFileError,
    InputError,
    IsolationError,
    MissingFileError,
    NoAudioFoundError,
    NonFiniteAudioError,
    NotAFileError,
    SourceChangedError,
    UnreadableAudioError,
    UnreadableFileError,
)
from yotokit.errors.service import (
    ApiError,
    CardConflictError,
    CardLintError,
    LoginRequiredError,
    NotFoundError,
    RateLimitedError,
    ServerError,
    TokenStoreError,
    TranscodeError,
    TransportError,
    UnexpectedAnswerError,
    UploadError,
    YotoError,
)
from yotokit.errors.work import (
    EngineClosedError,
    FinalizeError,
    JobCancelledError,
    JournalWarning,
    LimitError,
    NothingToPublishError,
    SessionClosedError,
)

__all__ = [
    "ApiError",
    "AudioError",
    "AudioLimitError",
    "CardConflictError",
    "CardLintError",
    "DecoderCrashedError",
    "DecoderTimeoutError",
    "EmptyAudioError",
    "EmptyFileError",
    "EngineClosedError",
    "FinalizeError",
    "InputError",
    "IsolationError",
    "JobCancelledError",
    "JournalWarning",
    "LimitError",
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
    "TokenStoreError",
    "TranscodeError",
    "TransportError",
    "UnexpectedAnswerError",
    "UnreadableAudioError",
    "UnreadableFileError",
    "UploadError",
    "YotoError",
    "YotokitError",
]
