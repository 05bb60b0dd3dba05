"""What can be wrong with a file and its sound."""

from __future__ import annotations

from pathlib import Path

from yotokit.errors.base import YotokitError

__all__ = [
    "AudioError",
    "AudioLimitError",
    "DecoderCrashedError",
    "DecoderTimeoutError",
    "EmptyAudioError",
    "EmptyFileError",
    "InputError",
    "IsolationError",
    "MissingFileError",
    "NoAudioFoundError",
    "NonFiniteAudioError",
    "NotAFileError",
    "SourceChangedError",
    "UnreadableAudioError",
    "UnreadableFileError",
]


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
