"""Signing in, and staying signed in: a browser once, then tokens that renew themselves."""

from yotokit.yoto.signin.app import SCOPES, App
from yotokit.yoto.signin.asking import ask
from yotokit.yoto.signin.entering import Entrance
from yotokit.yoto.signin.identity import Identity, identity_of
from yotokit.yoto.signin.keeper import Keeper
from yotokit.yoto.signin.signin import SignIn
from yotokit.yoto.signin.tokens import Tokens
from yotokit.yoto.signin.vault import Vault

__all__ = [
    "SCOPES",
    "App",
    "Entrance",
    "Identity",
    "Keeper",
    "SignIn",
    "Tokens",
    "Vault",
    "ask",
    "identity_of",
]
