"""A sign-in without its widgets: how far it is, what is said of it, and who waits for it."""

from yotokit.widgets.signing.background import SigningIn
from yotokit.widgets.signing.showing import link_html, stand_html
from yotokit.widgets.signing.stand import Stand

__all__ = ["SigningIn", "Stand", "link_html", "stand_html"]
