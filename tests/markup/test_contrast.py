"""What is drawn and written can be seen, in light and dark: WCAG 2, 4.5:1 for words, 3:1 for marks.

Each color that the package names has a role here. One that has none fails a test.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from contrasts import (
    contrast,
    declarations,
    literals,
    named,
    over,
    paints,
    variables,
    written,
)

import yotokit
from yotokit.markup import badge, curve, growing_curve, history, meter, sparkline

PACKAGE = Path(yotokit.__file__).parent
GROUNDS = ("#ffffff", "#111111", "#1f1f1f")
INKS = {
    "JupyterLab, light": ("#ffffff", "rgba(0,0,0,.87)"),
    "JupyterLab, dark": ("#111111", "rgba(255,255,255,.87)"),
    "VS Code, light": ("#ffffff", "#3b3b3b"),
    "VS Code, dark": ("#1f1f1f", "#cccccc"),
}
# Seen for themselves: dots, lines, borders that tell something.
MARKS = {"#1976d2", "#388e3c", "#767676", "#8e5bd0", "#b26a00", "#d32f2f"}
# Rules between rows, and around what has words: they say nothing by themselves.
EDGES = {
    "rgba(128,128,128,.18)",
    "rgba(128,128,128,.25)",
    "rgba(128,128,128,.28)",
    "rgba(128,128,128,.35)",
    "rgba(128,128,128,.5)",
    "rgba(128,128,128,.6)",
}
# Under words.
TINTS = {"rgba(128,128,128,.08)", "rgba(211,47,47,.16)", "rgba(25,118,210,.12)"}
# What these say is said beside them.
SOFT_PAINTS = {
    ("#767676", 0.3): "the lines of a scale",
    ("#767676", 0.5): "the ground line of a queue",
    ("#767676", 0.35): "what is left in a meter",
    ("#1976d2", 0.3): "the area below a line",
}
# Grounds of a piece's own, with the ink that stands on them.
OWN_GROUNDS = {
    "#000000": "#ffffff",
    "#16161a": "#ffffff",
    "#1976d2": "#ffffff",
    "#b8401f": "#ffffff",
    "#8a5a00": "#ffffff",
    "#2f7a4c": "#ffffff",
    "#1f6f92": "#ffffff",
    "#7549b5": "#ffffff",
    "#b03a4b": "#ffffff",
    "#ffffff": "#000000",  # a QR code
}
KNOWN = MARKS | EDGES | TINTS | set(OWN_GROUNDS)
# A theme gives ground and ink together.
THEMES = {"--jp-ui-font-color1", "--vscode-foreground"}
THEME_GROUNDS = {"--jp-layout-color0", "--vscode-editor-background"}
NO_COLORS = {"--jp-ui-font-family", "--vscode-font-family"}
INHERITED = {"inherit", "currentColor", "currentcolor", "transparent"}
# What is faint for a reason; all other opacity is taken for that of words.
FAINT = {
    r'\[aria-disabled="true"\]$': "what cannot be used now: WCAG asks nothing of it",
    r"\.yt-dragged > \*$": "while it is dragged; the line says where it will be",
    r"@keyframes \S+ to$": "the far end of a change that repeats",
    r"\.yg-choice input$": "not seen: its picture is",
}
MARKS_BY_OPACITY = r"\.yt-handle$"
# Pages and pictures with a ground of their own, which they paint.
APART = ("audio/plot.py", "emulator/", "yoto/pictures/digits.py", "yoto/pictures/convert.py")


def sources(*endings):
    return sorted(
        str(path.relative_to(PACKAGE))
        for path in PACKAGE.rglob("*.*")
        if path.suffix in endings and not str(path.relative_to(PACKAGE)).startswith(APART)
    )


def style_elements(text):
    return re.findall(r"<style>(.*?)</style>", text, re.DOTALL)


def style_sheets():
    from yotokit.markup import STYLE
    from yotokit.yoto.display import card_html
    from yotokit.yoto.models import Card

    (markup,), (_, card) = style_elements(STYLE), style_elements(card_html(Card("a")))
    sheets = {name: (PACKAGE / name).read_text("utf-8") for name in sources(".css")}
    sheets |= {"markup": markup, "card": card}
    return [pytest.param(sheet, id=name) for name, sheet in sheets.items()]


def faults(css):
    """Return what is wrong with the colors of a style sheet."""
    own = {name for _, name, _ in declarations(css) if name.startswith("--")}
    known = own | THEMES | THEME_GROUNDS | NO_COLORS
    for selector, name, value in declarations(css):
        where = f"{selector} {{ {name}: {value} }}"
        unknown = (literals(value) | {written(word) for word in named(value)}) - KNOWN
        unknown -= {written(word) for word in named(value) if name.startswith(("font", "white"))}
        unknown |= variables(value) - known
        if unknown:
            yield f"{where}: {', '.join(sorted(unknown))} has no role"
        if name.startswith("background") and literals(value) & EDGES:
            yield f"{where}: words may stand on it"
        if name == "color" and not (value in INHERITED or variables(value) & THEMES):
            grounds = {ground for ground, ink in OWN_GROUNDS.items() if ink == written(value)}
            if not grounds & set(_grounds(css, selector)):
                yield f"{where}: words have the theme's color, or a ground of their own"


def _grounds(css, selector):
    for other, name, value in declarations(css):
        if other == selector and name.startswith("background"):
            yield from literals(value)


@pytest.mark.parametrize("ground", GROUNDS)
@pytest.mark.parametrize("color", sorted(MARKS))
def test_a_mark_stands_out_from_every_ground(color, ground):
    assert contrast(color, ground) >= 3.0


@pytest.mark.parametrize(("ground", "ink"), sorted(OWN_GROUNDS.items()))
def test_words_on_a_ground_of_their_own_can_be_read(ground, ink):
    assert contrast(ink, ground) >= 4.5


@pytest.mark.parametrize(("ground", "ink"), INKS.values(), ids=INKS)
@pytest.mark.parametrize("tint", sorted(TINTS))
def test_words_can_be_read_on_what_is_tinted(tint, ground, ink):
    assert contrast(ink, over(tint, ground)) >= 4.5


def test_no_color_of_a_word_would_do_on_white_and_on_dark_grounds_alike():
    grays = (f"rgb({gray},{gray},{gray})" for gray in range(256))

    assert not any(all(contrast(gray, g) >= 4.5 for g in GROUNDS) for gray in grays)


@pytest.mark.parametrize("css", style_sheets())
def test_a_style_sheet_writes_in_the_themes_color_and_marks_in_known_ones(css):
    assert list(faults(css)) == []


@pytest.mark.parametrize("css", style_sheets())
def test_what_is_made_faint_can_still_be_seen(css):
    for selector, name, value in declarations(css):
        if name != "opacity" or any(re.search(pattern, selector) for pattern in FAINT):
            continue
        least = 3.0 if re.search(MARKS_BY_OPACITY, selector) else 4.5
        for ground, ink in INKS.values():
            seen = contrast(ink, ground, float(value))
            assert seen >= least, f"{selector}: {seen:.1f} on {ground}"


@pytest.mark.parametrize("name", sources(".py", ".js"))
def test_a_source_names_no_color_without_a_role(name):
    text = (PACKAGE / name).read_text("utf-8")
    # A reference to an icon, and the characters of a curve, look alike.
    text = re.sub(r"yoto:#\w*|'[^'\n]*\|[^'\n]*'", "", text)
    css = [css for css in re.findall(r"<style>.*?</style>", text, re.DOTALL) if "{" in css]

    assert literals(text) - KNOWN == set()
    assert variables(text) - THEMES - THEME_GROUNDS - NO_COLORS == set()
    assert [fault for sheet in css for fault in faults(re.sub(r'"\s*"|</?style>', "", sheet))] == []


def drawings():
    levels = [-20.0 - at % 7 for at in range(300)]
    whole = {"duration_s": 30.0, "integrated_lufs": -20.0, "target_lufs": -16.0}
    whole |= {"true_peak_s": 3.0, "true_peak_dbtp": -1.0}
    yield curve(levels, levels, **whole)
    yield curve(levels, levels, **whole, gain_db=4.0)
    yield curve(levels, levels, **whole, image=True)
    yield growing_curve(levels, duration_s=60.0, target_lufs=-16.0)
    yield sparkline(levels, gain_db=3.0, target_lufs=-16.0)
    yield history([[1, 2, 3], [0, 0]], labels=["upload", "ask"])
    yield from (meter(value, 100) for value in (1, 95, 100, 101))


def test_lines_and_areas_of_drawings_can_be_seen_and_their_words_have_the_color_of_the_page():
    found = {paint for drawing in drawings() for paint in paints(drawing)}
    marks = {color for color, opacity in found - set(SOFT_PAINTS) if opacity == 1.0}

    assert found - {(color, 1.0) for color in marks} <= set(SOFT_PAINTS)
    assert marks - {"currentcolor"} == MARKS - {"#388e3c"}
    assert set(SOFT_PAINTS) <= found
    for drawing in drawings():
        assert not re.search(r"<text[^>]*(fill|opacity)", drawing)


@pytest.mark.parametrize("color", ["green", "red", "amber", "blue", "grey"])
def test_a_badge_is_a_dot_that_stands_out_and_a_word_in_the_color_of_the_page(color):
    piece = badge("done <1>", color)

    assert literals(piece) <= MARKS
    assert len(literals(piece)) == 1
    assert re.sub(r"<[^>]*>", "", piece) == "done &lt;1&gt;"
    assert not re.search(r"(?<![\w-])color:", piece)
    assert 'aria-hidden="true"></span>' in piece


@pytest.mark.parametrize(
    "css",
    [
        ".a { color: #767676; }",
        ".a { border: 1px solid #777; }",
        ".a { background: tomato; }",
        ".a { outline: 1px solid var(--jp-brand-color1); }",
        ".a { color: #fff; }",
        ".a { background: rgba(128, 128, 128, .6); }",
        "@media print { .a { fill: rgba(1, 2, 3, .5) } }",
        ".a { fill: color-mix(in srgb, red 10%, blue) }",
    ],
)
def test_a_color_without_a_role_is_found(css):
    assert list(faults(css))
