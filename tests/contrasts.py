"""Colors as WCAG 2 sees them, and where style sheets, drawings and sources name them."""

from __future__ import annotations

import re
from urllib.parse import unquote
from xml.etree import ElementTree

from PIL import ImageColor

NAMES = frozenset(ImageColor.colormap)
_LITERAL = re.compile(
    r"#(?:[0-9a-fA-F]{8}|[0-9a-fA-F]{6}|[0-9a-fA-F]{3,4})\b"
    r"|\b(?:rgba?|hsla?|hwb|lab|lch|oklab|oklch|color|color-mix)\([^()]*\)"
)
_VARIABLE = re.compile(r"var\(\s*(--[\w-]+)")
_TOKEN = re.compile(r"([^{};]*)([{};])")


def parsed(color):
    """Return red, green, blue and alpha, each from 0 to 1."""
    if color.startswith("rgba("):
        *channels, alpha = (float(part) for part in color[5:-1].split(","))
        return (*(channel / 255 for channel in channels), alpha)
    return (*(channel / 255 for channel in ImageColor.getrgb(color)[:3]), 1.0)


def over(color, ground, opacity=1.0):
    """Return what is seen of a color on an opaque ground."""
    *channels, alpha = parsed(color) if isinstance(color, str) else color
    below = parsed(ground) if isinstance(ground, str) else ground
    alpha *= opacity
    return (*(c * alpha + g * (1 - alpha) for c, g in zip(channels, below, strict=False)), 1.0)


def contrast(color, ground, opacity=1.0):
    """Return the contrast of a color with an opaque ground, 1 to 21."""
    ground = parsed(ground) if isinstance(ground, str) else ground
    lights = sorted(map(_luminance, (over(color, ground, opacity), ground)))
    return (lights[1] + 0.05) / (lights[0] + 0.05)


def _luminance(color):
    linear = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in color[:3])
    return sum(share * c for share, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def written(color):
    """Return a color in one way of writing, so that it can be looked up."""
    color = re.sub(r"\s+", "", color.lower())
    if re.fullmatch(r"#[0-9a-f]{3}", color):
        color = "#" + "".join(2 * digit for digit in color[1:])
    return re.sub(r"(?<=[(,])0\.", ".", color)


def literals(text):
    """Return the colors that stand in a text as such."""
    return {written(color) for color in _LITERAL.findall(text)}


def variables(text):
    """Return the names of the variables that a text asks for."""
    return set(_VARIABLE.findall(text))


def named(value):
    """Return the colors that a declaration's value names by a word."""
    without = re.sub(r"var\(\s*--[\w-]+", "", value.lower())
    return {word for word in re.findall(r"(?<![\w#-])[a-z]+(?![\w-])", without) if word in NAMES}


def declarations(css):
    """Yield selector, property and value of each declaration of a style sheet."""
    stack = []
    for match in _TOKEN.finditer(re.sub(r"/\*.*?\*/", "", css, flags=re.DOTALL)):
        text, end = " ".join(match[1].split()), match[2]
        if end == "{":
            stack.append(text)
            continue
        name, colon, value = text.partition(":")
        if colon and stack:
            yield " ".join(stack), name.strip(), value.strip()
        if end == "}":
            stack.pop()


def paints(markup):
    """Yield color and opacity of each fill and stroke of the drawings in a piece of markup."""
    root = ElementTree.fromstring(f"<div>{markup}</div>")
    drawings = [root]
    for image in root.iter("img"):
        kind, _, data = image.get("src").partition(",")
        if kind == "data:image/svg+xml":
            drawings.append(ElementTree.fromstring(unquote(data)))
    for element in (element for drawing in drawings for element in drawing.iter()):
        for what in ("fill", "stroke"):
            color = element.get(what, "none")
            if color != "none":
                share = float(element.get(f"{what}-opacity", 1)) * float(element.get("opacity", 1))
                yield written(color), share
