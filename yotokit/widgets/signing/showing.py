"""What a sign-in view says, as HTML: pure, so it is tested without kernel or thread."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from yotokit.loading import load
from yotokit.markup import Html, badge, escape, fragment, style

if TYPE_CHECKING:
    from yotokit.widgets.signing.stand import Phase, Stand

__all__ = ["link_html", "qr_svg", "stand_html"]

_WORDS: dict[Phase, tuple[str, str]] = {
    "looking": ("Looking for an earlier sign-in.", "blue"),
    "asking": ("Nobody has signed in yet.", "amber"),
    "checking": ("Asking Yoto about the address that you pasted.", "blue"),
    "signed in": ("Signed in", "green"),
    "leaving": ("Signing out.", "blue"),
    "failed": ("Not signed in.", "red"),
    "closed": ("This view is closed.", "grey"),
}
_RULES = """
.yotokit .yk-signin { display: flex; flex-wrap: wrap; gap: 12px 32px; align-items: center; }
.yotokit .yk-signin > div:first-child { flex: 1; min-width: 16em; max-width: 34em; }
.yotokit.yotokit a.yk-open { display: inline-block; padding: 6px 18px; margin: 6px 8px 6px 0;
  border: 2px solid currentColor; border-radius: 999px; font-weight: 600; color: inherit;
  text-decoration: none; }
.yotokit.yotokit a.yk-open:hover { text-decoration: underline; }
.yotokit.yotokit a.yk-open:focus-visible { outline: 3px solid; outline-offset: 2px; }
.yotokit .yk-qr { flex: none; width: 252px; }
.yotokit.yotokit .yk-qr svg { width: 100%; height: auto; border-radius: 8px; }
"""
_BORDER = 4  # modules that a reader wants free around it


def stand_html(stand: Stand) -> str:
    """Return in a sentence how far a sign-in is, and what else there is to know."""
    word, color = _WORDS[stand.phase]
    whose = f" as {stand.account}." if stand.phase == "signed in" else ""
    said = stand.said[:1].upper() + stand.said[1:]
    more = Html(f"<p>{escape(said)}</p>" if said else "")
    return fragment(
        Html('<div role="status"><p>'),
        badge(word, color),
        whose,
        Html("</p>"),
        more,
        Html("</div>"),
    )


def link_html(stand: Stand) -> str:
    """Return the link to open and its QR code, with what to do; empty while nobody is asked."""
    if not stand.url:
        return ""
    home = (
        "The page at the end tells you to come back here."
        if stand.listens
        else "Your browser then ends at a page that does not load: that is expected. Copy the "
        "address of that page and paste it below."
    )
    phone = (
        "With a phone, scan the code. Its last page does not load, for it looks for this "
        "computer: copy the address of that page, send it here, and paste it below."
    )
    return fragment(
        Html(style(_RULES)),
        Html('<div class="yk-signin"><div><p>Open this page and sign in.</p>'),
        Html(f'<p><a class="yk-open" href="{escape(stand.url)}" target="_blank" rel="noopener">'),
        Html("Sign in to Yoto</a> It opens in a new tab.</p>"),
        Html(f"<p>{escape(home)}</p><p>{escape(phone)}</p></div>"),
        Html('<div class="yk-qr" role="img" aria-label="QR code of the page to sign in at">'),
        qr_svg(stand.url),
        Html("</div></div>"),
    )


@lru_cache(maxsize=4)
def qr_svg(url: str) -> Html:
    """Return a QR code as SVG: dark on white whatever the theme, or no phone reads it.

    Examples
    --------
    >>> qr_svg("https://example.org").startswith("<svg")
    True
    """
    load("segno")
    import segno  # noqa: PLC0415 - only who signs in needs it

    code = segno.make(url, error="l", micro=False)
    return Html(
        code.svg_inline(
            dark="#000", light="#fff", border=_BORDER, omitsize=True, svgclass=None, lineclass=None
        )
    )
