"""What a person and a browser do to sign in, for the tests."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from types import SimpleNamespace
from urllib.parse import urlsplit

import httpx

import yotokit as yk
from yotokit.yoto.signin import SignIn, Tokens


def visit(url):
    """Go where a browser would; return the page at the end."""
    return httpx.get(url, follow_redirects=True, trust_env=False)


def ends_at(url):
    """Return where a browser ends that cannot reach the redirect's address."""
    return httpx.get(url, trust_env=False).headers["location"]


def bring(address):
    """Go there as a browser does, and log nothing."""
    there = urlsplit(address)
    connection = HTTPConnection(there.netloc, timeout=10)
    connection.request("GET", f"{there.path}?{there.query}")
    connection.getresponse().read()
    connection.close()


def signed_in(app):
    sign_in = SignIn(app)
    return sign_in.paste(ends_at(sign_in.url))


def browser(monkeypatch, *, then=visit):
    """Have the link opened, as a person would, by a browser on this machine; return the visits."""
    visits = []

    def opened(url):
        pool = ThreadPoolExecutor(1)
        visits.append(pool.submit(then, url))
        pool.shutdown(wait=False)
        return True

    monkeypatch.setattr("webbrowser.open", opened)
    monkeypatch.setattr("sys.stdin", SimpleNamespace(isatty=lambda: True))
    return visits


def login(service, redirect_uri, **options):
    options = {"client_id": "notebook", "timeout_s": 20.0} | options
    return yk.YotoClient.login(
        api_url=service.url, auth_url=service.url, redirect_uri=redirect_uri, **options
    )


def expired(tokens):
    return Tokens(tokens.access, tokens.refresh, 0.0, tokens.scopes)


class Keyring:
    """A keyring as a system has it."""

    def __init__(self, longest: int = 10_000) -> None:
        self.kept: dict[tuple[str, str], str] = {}
        self.longest = longest

    def get_password(self, service, key):
        return self.kept.get((service, key))

    def set_password(self, service, key, text):
        if len(text) > self.longest:
            raise OSError("too long")
        self.kept[service, key] = text

    def delete_password(self, service, key):
        del self.kept[service, key]
