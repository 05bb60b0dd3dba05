"""Who has signed in to what: applications, codes, access tokens, refresh tokens that rotate."""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
import time
from dataclasses import asdict, dataclass, field
from typing import Any

from yotokit.emulator.keeping import Keeper
from yotokit.emulator.wire import base64url

__all__ = ["SCOPES", "Client", "Grants", "OAuthError"]

SCOPES = frozenset(
    {"user:content:view", "user:content:manage", "user:icons:manage", "offline_access"}
)
_AUDIENCE = "https://api.yotoplay.com"
_CODE_LIFE_S = 600.0
_OFFLINE = "offline_access"


class OAuthError(Exception):
    """A refusal in OAuth's form."""

    def __init__(self, status: int, code: str, description: str) -> None:
        super().__init__(description)
        self.status = status
        self.body = {"error": code, "error_description": description}


@dataclass(frozen=True, slots=True)
class Client:
    """An application as it is registered.

    Parameters
    ----------
    client_id : str
        Its name.
    redirect_uris : tuple of str
        Where its answers may go, character for character.
    scopes : frozenset of str
        What it may ask for.
    """

    client_id: str
    redirect_uris: tuple[str, ...]
    scopes: frozenset[str] = SCOPES


@dataclass(slots=True)
class _Code:
    client_id: str
    redirect_uri: str
    challenge: str
    scopes: tuple[str, ...]
    ends_at: float


@dataclass(slots=True)
class _Family:
    """All refresh tokens that came of one sign-in; revoked as one."""

    client_id: str
    scopes: tuple[str, ...]
    live: str = ""
    revoked: bool = False
    name: str = field(default_factory=lambda: secrets.token_hex(8))


@dataclass(slots=True)
class Grants:
    """What was granted. Tokens are kept; a code, good for ten minutes, is not.

    Attributes
    ----------
    subject : str
        The account.
    token_life_s : float
        For how long an access token is good, seconds.
    reuse_revokes : bool
        Whether a refresh token that is used twice ends all that came of the same sign-in.
    keeper : Keeper
        Keeps the tokens.
    refreshes, reuses : int
        How often tokens were renewed, and how often with a refresh token that was used already.
    """

    subject: str
    clients: dict[str, Client]
    token_life_s: float = 86_400.0
    reuse_revokes: bool = True
    keeper: Keeper = field(default_factory=Keeper)
    refreshes: int = 0
    reuses: int = 0
    _codes: dict[str, _Code] = field(default_factory=dict, repr=False)
    _access: dict[str, tuple[float, frozenset[str]]] = field(default_factory=dict, repr=False)
    _refresh: dict[str, _Family] = field(default_factory=dict, repr=False)
    _key: bytes = field(default_factory=lambda: secrets.token_bytes(32), repr=False)

    def __post_init__(self) -> None:
        # What is kept goes by the calendar, since a clock that only counts begins anew each time.
        since = time.monotonic() - time.time()
        for token, document, _ in self.keeper.all("access token"):
            if document["ends_at"] > time.time():
                ends_at = document["ends_at"] + since
                self._access[token] = ends_at, frozenset(document["scopes"])
            else:
                self.keeper.drop("access token", token)
        families = {
            name: _Family(**document | {"scopes": tuple(document["scopes"])})
            for name, document, _ in self.keeper.all("sign-in")
        }
        for token, name, _ in self.keeper.all("refresh token"):
            self._refresh[token] = families[name]

    def scopes_of(self, token: str) -> frozenset[str] | None:
        """Return what an access token is good for; None if it is good for nothing."""
        ends_at, scopes = self._access.get(token, (0.0, frozenset[str]()))
        return scopes if time.monotonic() < ends_at else None

    def mint(self, scopes: tuple[str, ...]) -> str:
        """Return a new access token in the service's form, a JWT."""
        now = int(time.time())
        payload = {
            "sub": self.subject,
            "jti": secrets.token_hex(8),
            "aud": _AUDIENCE,
            "iat": now,
            "exp": now + int(self.token_life_s),
            "scope": " ".join(scopes),
        }
        parts = [base64url(json.dumps(part).encode()) for part in ({"alg": "HS256"}, payload)]
        signed = ".".join(parts)
        token = f"{signed}.{base64url(hmac.digest(self._key, signed.encode(), hashlib.sha256))}"
        self._access[token] = time.monotonic() + self.token_life_s, frozenset(scopes)
        kept = {"ends_at": time.time() + self.token_life_s, "scopes": scopes}
        self.keeper.put("access token", token, kept)
        return token

    def expire(self) -> None:
        """Let all access tokens end now; refresh tokens stay good."""
        self._access.clear()
        self.keeper.drop("access token")

    def authorize(self, query: dict[str, str]) -> str:
        """Return the code for a request that the person has allowed.

        Raises
        ------
        OAuthError
            The application asks for what it may not.
        """
        client = self.client_for(query)
        scopes = tuple(query.get("scope", "").split())
        if query.get("response_type") != "code":
            raise OAuthError(400, "unsupported_response_type", "response_type must be code")
        if query.get("code_challenge_method") != "S256" or not query.get("code_challenge"):
            raise OAuthError(400, "invalid_request", "a code_challenge of method S256 is required")
        if query.get("audience") != _AUDIENCE:
            raise OAuthError(400, "access_denied", f"Service not found: {query.get('audience')}")
        unknown = [scope for scope in scopes if scope not in client.scopes]
        if unknown:
            words = f"Client requested scopes that have not been pre-approved: {' '.join(unknown)}"
            raise OAuthError(403, "access_denied", words)
        code = secrets.token_urlsafe(32)
        self._codes[code] = _Code(
            client.client_id,
            query["redirect_uri"],
            query["code_challenge"],
            scopes,
            time.monotonic() + _CODE_LIFE_S,
        )
        return code

    def client_for(self, query: dict[str, str]) -> Client:
        """Return the application of a request, whose answer may go where it says.

        Raises
        ------
        OAuthError
            It is not known, or not registered with that address.
        """
        client = self.clients.get(query.get("client_id", ""))
        if client is None:
            raise OAuthError(400, "unauthorized_client", "Unknown client")
        if query.get("redirect_uri") not in client.redirect_uris:
            raise OAuthError(400, "invalid_request", "Callback URL mismatch")
        return client

    def token(self, form: dict[str, str]) -> dict[str, Any]:
        """Answer a request for tokens.

        Raises
        ------
        OAuthError
            Nothing is given for this.
        """
        kind = form.get("grant_type")
        if form.get("client_id") not in self.clients:
            raise OAuthError(401, "unauthorized_client", "Unknown client")
        if kind == "authorization_code":
            return self._for_code(form)
        if kind == "refresh_token":
            return self._for_refresh(form)
        raise OAuthError(400, "unsupported_grant_type", f"Unsupported grant type: {kind}")

    def _for_code(self, form: dict[str, str]) -> dict[str, Any]:
        code = self._codes.pop(form.get("code", ""), None)
        if code is None or time.monotonic() > code.ends_at:
            raise OAuthError(403, "invalid_grant", "Invalid authorization code")
        verifier = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        if not hmac.compare_digest(base64url(verifier), code.challenge):
            raise OAuthError(403, "invalid_grant", "Failed to verify code verifier")
        told = form.get("client_id"), form.get("redirect_uri")
        if told != (code.client_id, code.redirect_uri):
            raise OAuthError(403, "invalid_grant", "The redirect URI is wrong")
        family = _Family(code.client_id, code.scopes) if _OFFLINE in code.scopes else None
        return self._answer(code.scopes, family)

    def _for_refresh(self, form: dict[str, str]) -> dict[str, Any]:
        offered = form.get("refresh_token", "")
        family = self._refresh.get(offered)
        if family is None or family.client_id != form.get("client_id"):
            raise OAuthError(403, "invalid_grant", "Unknown or invalid refresh token.")
        if family.revoked or family.live != offered:
            self.reuses += not family.revoked
            if self.reuse_revokes:
                family.revoked = True  # a token that is used twice may be a stolen one
                self.keeper.put("sign-in", family.name, asdict(family))
            raise OAuthError(403, "invalid_grant", "Unknown or invalid refresh token.")
        self.refreshes += 1
        return self._answer(family.scopes, family)

    def _answer(self, scopes: tuple[str, ...], family: _Family | None) -> dict[str, Any]:
        with self.keeper.together():
            answer = {
                "access_token": self.mint(scopes),
                "scope": " ".join(scopes),
                "expires_in": int(self.token_life_s),
                "token_type": "Bearer",
            }
            if family is not None:
                family.live = answer["refresh_token"] = secrets.token_urlsafe(32)
                self._refresh[family.live] = family
                self.keeper.put("sign-in", family.name, asdict(family))
                self.keeper.put("refresh token", family.live, family.name)
        return answer
