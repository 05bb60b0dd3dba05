"""Asks a person to sign in, in whatever way the place allows."""

from __future__ import annotations

import sys
import webbrowser
from contextlib import suppress
from typing import TYPE_CHECKING

from yotokit import settings
from yotokit.errors import LoginRequiredError, SettingError
from yotokit.yoto.signin.signin import SignIn

if TYPE_CHECKING:
    from yotokit.yoto.signin.app import App
    from yotokit.yoto.signin.tokens import Tokens

__all__ = ["ask"]

_PASTES = 3


def ask(app: App, *, paste: bool | None, timeout_s: float) -> Tokens:
    """Show a link, wait for the answer, and return the tokens.

    Parameters
    ----------
    paste : bool, optional
        The browser runs on another machine, and its last address is pasted here. Found out from
        the surroundings where it is missing.
    timeout_s : float
        For how long to wait for the browser, seconds.

    Raises
    ------
    LoginRequiredError
        Nobody is there, or the sign-in came to nothing.
    """
    if not _somebody_is_there():
        raise LoginRequiredError(
            "nobody has signed in, and nobody is there to do so; set YOTOKIT_TOKEN, or call "
            "YotoClient.login() in a terminal or a notebook once: it is remembered"
        )
    sign_in = SignIn(app)
    if settings.is_remote() if paste is None else paste:
        tokens = _by_paste(sign_in)
    else:
        tokens = _by_browser(sign_in, timeout_s)
    if sign_in.note:
        _say(sign_in.note)
    return tokens


def _by_browser(sign_in: SignIn, timeout_s: float) -> Tokens:
    sign_in.listen()
    _say(f"Sign in to Yoto in your browser. If it does not open, open this link:\n{sign_in.url}")
    with suppress(Exception):  # there may be none; the link is there all the same
        webbrowser.open(sign_in.url)
    return sign_in.wait(timeout_s)


def _by_paste(sign_in: SignIn) -> Tokens:
    for _ in range(_PASTES):
        _say(
            f"Open this link and sign in:\n{sign_in.url}\nYour browser then ends at a page that "
            "does not load. Copy the address of that page."
        )
        try:
            return sign_in.paste(input("The address: "))
        except EOFError:
            break
        except (LoginRequiredError, SettingError) as error:
            _say(str(error))
    raise LoginRequiredError("the sign-in came to nothing; call YotoClient.login() again")


def _somebody_is_there() -> bool:
    return "ipykernel" in sys.modules or (sys.stdin is not None and sys.stdin.isatty())


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()
