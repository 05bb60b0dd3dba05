"""All the ways in which a value or an error shows itself, for tests that look for secrets there."""

from __future__ import annotations

import logging
import pickle
import traceback
from typing import TYPE_CHECKING, Any

from yotokit.emulator.grants import Grants
from yotokit.emulator.playable import Signer
from yotokit.emulator.state import State

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    import pytest


class Witness:
    """Sees all that the emulators of this process give out and that nobody else may see.

    What is lost on the way, used up or expired counts, too.
    """

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self._seen: set[str] = set()
        self._uploads: list[Any] = []
        self._watch(patch, Grants, "mint", lambda token: self._seen.update(_parts(token)))
        self._watch(patch, Grants, "authorize", self._seen.add)
        self._watch(
            patch, Grants, "_answer", lambda told: self._seen.add(told.get("refresh_token"))
        )
        self._watch(patch, Signer, "_signature", self._seen.add)
        self._watch(patch, State, "slot", self._uploads.append)

    @staticmethod
    def _watch(patch: pytest.MonkeyPatch, owner: Any, name: str, see: Callable[[Any], None]):
        call = getattr(owner, name)

        def watched(*arguments: Any) -> Any:
            answer = call(*arguments)
            see(answer)
            return answer

        patch.setattr(owner, name, watched)

    @property
    def secrets(self) -> set[str]:
        """All up to now."""
        signatures = {name for upload in self._uploads if upload for name in upload.signatures}
        return (self._seen | signatures) - {None}


def _parts(token: str) -> set[str]:
    return {token, token.rsplit(".", 1)[-1]}


def assert_hidden(secrets: Iterable[str], places: dict[str, str | bytes]) -> None:
    """Fail if a secret is in one of the texts, and name which."""
    secrets = set(secrets)
    assert secrets
    assert any(places.values())
    assert all(len(secret) >= 20 for secret in secrets), "too short to be told from chance"
    for name, text in places.items():
        data = text if isinstance(text, bytes) else text.encode("utf-8", "replace")
        for secret in secrets:
            at = data.find(secret.encode())
            assert at < 0, f"{name} shows a secret: ...{data[max(0, at - 200) : at + 20]!r}"


def caught(call: Callable[..., object], *arguments: Any, **options: Any) -> BaseException:
    """Return what a call raises; the variables of this function are part of its traceback."""
    try:
        call(*arguments, **options)
    except BaseException as error:
        return error
    raise AssertionError("nothing went wrong")


def error_texts(error: BaseException) -> dict[str, str | bytes]:
    """Return an error as the tools of this world show it, with the values of all variables."""
    kind, value, trace = type(error), error, error.__traceback__
    with_locals = traceback.TracebackException(kind, value, trace, capture_locals=True)
    return {
        "str": str(error),
        "repr": repr(error),
        "vars": repr(vars(error)),
        "pickle": pickle.dumps(error),
        "traceback": "".join(with_locals.format()),
        "log": logging.Formatter().formatException((kind, value, trace)),
        "IPython": _by_ipython(error),
        "rich": _by_rich(error),
    }


def _by_ipython(error: BaseException) -> str:
    from IPython.core.ultratb import VerboseTB

    return VerboseTB(include_vars=True).text(type(error), error, error.__traceback__)


def _by_rich(error: BaseException) -> str:
    try:
        from rich.traceback import Traceback
    except ImportError:
        return "rich is not installed"
    kept = Traceback.extract(
        type(error),
        error,
        error.__traceback__,
        show_locals=True,
        locals_max_length=None,
        locals_max_string=None,
    )
    return repr(kept)  # all values that it would print, without the time that printing takes


def log_texts(records: Iterable[logging.LogRecord]) -> dict[str, str | bytes]:
    """Return what a handler could make of log records."""
    formatter = logging.Formatter("%(name)s %(message)s")
    return {
        f"log {number} of {record.name}": f"{formatter.format(record)} {vars(record)!r}"
        for number, record in enumerate(records)
    }


def files_below(folder: Path) -> dict[str, str | bytes]:
    """Return the bytes of all files below a folder."""
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
