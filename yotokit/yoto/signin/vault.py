"""Where tokens are kept: the system's keyring, or a file that only its owner can read."""

from __future__ import annotations

import json
import os
import stat
import sys
import tempfile
from contextlib import suppress
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import filelock

from yotokit.errors import TokenStoreError
from yotokit.logs import get_logger
from yotokit.yoto.hidden import Hidden
from yotokit.yoto.signin.tokens import Tokens

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Place", "Vault"]

Place: TypeAlias = Literal["keyring", "file"]

_log = get_logger("yotokit.yoto")
_SERVICE = "yotokit"
_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_LOCK_S = 60.0
# Through no link; and a pipe would keep who opens it waiting for good.
_READ = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)


class Vault:
    """The tokens of one application, for all processes of a person on this machine.

    Parameters
    ----------
    folder : Path
        For the file, and for the lock.
    key : str
        Whose tokens they are.
    place : {"keyring", "file"}, optional
        The keyring where the system has a real one, where this is missing.

    Raises
    ------
    TokenStoreError
        The keyring is asked for, and the system has none.
    """

    def __init__(self, folder: Path, key: str, place: Place | None = None) -> None:
        self._folder = folder
        self._key = key
        self._path = folder / f"{sha256(key.encode()).hexdigest()[:16]}.json"
        self._had = False
        self._keyring = _keyring() if place != "file" else None
        if place == "keyring" and self._keyring is None:
            raise TokenStoreError("this system has no keyring that works; use the file")

    @property
    def place(self) -> Place:
        """Where tokens are, or would go."""
        return "file" if self._keyring is None or os.path.lexists(self._path) else "keyring"

    def lock(self) -> filelock.BaseFileLock:
        """Return the lock that one process holds while it renews the tokens.

        Raises
        ------
        TokenStoreError
            The folder cannot be used.
        """
        self._make_folder()
        return filelock.FileLock(
            self._path.with_suffix(".lock"), timeout=_LOCK_S, fallback_to_soft=False
        )

    def load(self) -> Tokens | None:
        """Return what is kept; None where nothing usable is.

        Raises
        ------
        TokenStoreError
            The file is open to others, or cannot be read.
        """
        # A file beside a keyring is what the keyring did not take: the newer of the two.
        text = self._from_file() or self._from_keyring()
        if text is None:
            return None
        try:
            tokens = Tokens.from_store(json.loads(text))
        except (ValueError, RecursionError):
            return None
        self._had = self._had or tokens is not None
        return tokens

    def was_emptied(self) -> bool:
        """Say whether there were tokens that somebody has removed."""
        if not self._had or os.path.lexists(self._path):
            return False
        try:
            return not self._keyring_holds()
        except Exception:
            return False

    def save(self, tokens: Tokens) -> None:
        """Keep tokens; they are on disk when this returns.

        Raises
        ------
        TokenStoreError
            They cannot be kept.
        """
        text = Hidden(json.dumps(tokens.to_store()))
        if self._keyring is not None:
            try:
                self._keyring.set_password(_SERVICE, self._key, text)
            except Exception as error:
                # Locked, or it takes no text of this length: Windows has such a limit.
                _log.info(
                    "the keyring does not take tokens (%s): a file does", type(error).__name__
                )
                with suppress(Exception):  # the old ones: they are of no use any more
                    self._keyring.delete_password(_SERVICE, self._key)
            else:
                self._remove_file()
                self._had = True
                return
        self._to_file(text)
        self._had = True

    def clear(self) -> None:
        """Remove what is kept.

        Raises
        ------
        TokenStoreError
            They cannot be removed, or nobody can say whether they are.
        """
        if self._keyring is not None:
            with suppress(Exception):  # there is none, in the words of many backends
                self._keyring.delete_password(_SERVICE, self._key)
        self._remove_file()
        try:
            holds, why = self._keyring_holds(), "it does not let go of them"
        except Exception as error:
            holds, why = True, f"it does not answer: {type(error).__name__}"
        if holds:
            raise TokenStoreError(
                f"the system's keyring may still hold your tokens ({why}); unlock it and call "
                "logout() again"
            )

    def _remove_file(self) -> None:
        try:
            self._path.unlink(missing_ok=True)
        except OSError as error:
            raise TokenStoreError(f"{self._path} cannot be removed ({error.strerror})") from error

    def _keyring_holds(self) -> bool:
        if self._keyring is None:
            return False
        return self._keyring.get_password(_SERVICE, self._key) is not None

    def _from_keyring(self) -> str | None:
        if self._keyring is None:
            return None
        try:
            text: str | None = self._keyring.get_password(_SERVICE, self._key)
        except Exception as error:
            _log.info("the keyring does not answer (%s)", type(error).__name__)
            return None
        return text

    def _from_file(self) -> bytes | None:
        try:
            descriptor = os.open(self._path, _READ)
            try:
                self._check(os.fstat(descriptor))
                with open(descriptor, "rb", closefd=False) as file:
                    return file.read()
            finally:
                os.close(descriptor)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise TokenStoreError(f"{self._path} cannot be read ({error.strerror})") from error

    def _check(self, found: os.stat_result) -> None:
        if not stat.S_ISREG(found.st_mode):
            raise TokenStoreError(f"{self._path} is no file; remove it and sign in again")
        if sys.platform == "win32":
            return
        if found.st_mode & _OTHERS or found.st_uid != os.getuid():
            raise TokenStoreError(
                f"{self._path} holds your tokens, and others can read it or own it; it is not "
                f"used. Run chmod 600 {self._path}, or remove it and sign in again"
            )

    def _to_file(self, text: str) -> None:
        self._make_folder()
        try:
            # mkstemp makes it readable for its owner alone; the rename is all or nothing.
            descriptor, name = tempfile.mkstemp(dir=self._folder, prefix=".tokens-")
            try:
                with open(descriptor, "w", encoding="utf-8") as file:  # noqa: PTH123
                    file.write(text)
                    file.flush()
                    os.fsync(file.fileno())
                os.replace(name, self._path)  # noqa: PTH105 - as the line above
            except BaseException:
                with suppress(OSError):
                    os.unlink(name)  # noqa: PTH108 - as above
                raise
        except OSError as error:
            raise TokenStoreError(
                f"tokens cannot be kept in {self._folder} ({error.strerror}); set "
                "YOTOKIT_STATE_DIR to a folder that you may write"
            ) from error

    def _make_folder(self) -> None:
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            if sys.platform != "win32" and self._folder.stat().st_mode & _OTHERS:
                self._folder.chmod(0o700)
        except OSError as error:
            raise TokenStoreError(
                f"{self._folder} cannot be used ({error.strerror}); set YOTOKIT_STATE_DIR to a "
                "folder that you may write"
            ) from error


def _keyring() -> Any:
    """Return the system's keyring; None where there is none that is more than a stand-in."""
    try:
        import keyring  # noqa: PLC0415 - looks for its backends when it is loaded
        import keyring.backends.fail  # noqa: PLC0415
        import keyring.backends.null  # noqa: PLC0415

        backend: Any = keyring.get_keyring()
        stand_ins = keyring.backends.fail.Keyring, keyring.backends.null.Keyring
        return None if isinstance(backend, stand_ins) else backend
    except Exception as error:
        _log.info("there is no keyring (%s)", type(error).__name__)
        return None
