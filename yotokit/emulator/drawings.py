"""The emulator's own display icons, drawn here: eight by eight, each point twice as large.

A letter is a color; its name is followed by the words it can be found by.
"""

from __future__ import annotations

import io

from PIL import Image

__all__ = ["DRAWINGS", "draw"]

_COLORS = {
    "y": (255, 209, 102),
    "r": (228, 87, 46),
    "g": (79, 157, 105),
    "b": (66, 150, 220),
    "w": (240, 240, 235),
    "p": (186, 120, 220),
    "n": (150, 95, 50),
    "k": (90, 90, 100),
}
DRAWINGS = {
    "moon night sleep bedtime": (
        "..yyy...|.yyy....|yyy.....|yyy.....|yyy.....|yyyy...y|.yyyyyy.|..yyyy.."
    ),
    "star night sky wish": (
        "...yy...|...yy...|yyyyyyyy|.yyyyyy.|..yyyy..|..yyyy..|.yy..yy.|yy....yy"
    ),
    "sun day morning summer": (
        "y..yy..y|..yyyy..|.yyyyyy.|yyyyyyyy|yyyyyyyy|.yyyyyy.|..yyyy..|y..yy..y"
    ),
    "heart love": (".rr..rr.|rrrrrrrr|rrrrrrrr|rrrrrrrr|.rrrrrr.|..rrrr..|...rr...|........"),
    "music song note": ("...bbbbb|...b...b|...b...b|...b...b|...b...b|.bbb.bbb|bbbbbbbb|.bb..bb."),
    "tree forest wood": ("...gg...|..gggg..|.gggggg.|..gggg..|.gggggg.|gggggggg|...nn...|...nn..."),
    "house home": ("...rr...|..rrrr..|.rrrrrr.|rrrrrrrr|.wwwwww.|.wbwwnw.|.wwwwnw.|.wwwwnw."),
    "cat kitten animal pet": (
        "k......k|kk....kk|kkkkkkkk|kgkkkkgk|kkkkkkkk|kkkrrkkk|.kkkkkk.|..kkkk.."
    ),
    "fish sea ocean water": (
        "........|..bbb..b|.bbbbbbb|bwbbbbbb|bbbbbbbb|.bbbbbbb|..bbb..b|........"
    ),
    "boat ship sea pirate": (
        "...n....|...nw...|...nww..|...nwww.|...n....|nnnnnnnn|.nnnnnn.|bbbbbbbb"
    ),
    "rain cloud weather": (
        "..www...|.wwwwww.|wwwwwwww|wwwwwwww|........|b..b..b.|..b..b..|b..b..b."
    ),
    "car drive road": ("........|..rrrr..|.rbrrbr.|rrrrrrrr|rrrrrrrr|.kk..kk.|.kk..kk.|........"),
    "book story read tale": (
        "........|bbbbbbbb|bwwbwwwb|bwwbwwwb|bwwbwwwb|bwwbwwwb|bbbbbbbb|...bb..."
    ),
    "owl bird night wise": (
        ".n....n.|nnnnnnnn|nwwnnwwn|nwkwwkwn|nnnyynnn|nnnnnnnn|.nnnnnn.|..y..y.."
    ),
    "bear animal teddy": (
        "nn....nn|nnnnnnnn|nnnnnnnn|nknnnnkn|nnnwwnnn|nnwkkwnn|.nnwwnn.|..nnnn.."
    ),
    "flower garden spring": (
        "..pp.pp.|.ppppppp|..pyyyp.|.ppyyypp|..pyyyp.|.pp.g.pp|....g...|..ggg..."
    ),
    "rocket space moon": (
        "...ww...|..wwww..|..wbbw..|..wwww..|..wwww..|.rwwwwr.|rr.ww.rr|...yy..."
    ),
    "dragon fire knight": (
        ".gg.....|gggg..g.|gwgg.gg.|ggggggg.|rr.ggggg|....gggg|...gg.gg|..gg..gg"
    ),
    "train railway": ("kk......|.k...rrr|rrrr.rbr|rrrrrrrr|rrrrrrrr|rrrrrrrr|.kk.k.kk|.kk.k.kk"),
    "dog puppy animal pet": (
        "nn....nn|nnnnnnnn|nnwwwwnn|nnkwwknn|..wwww..|..wkkw..|..wwww..|...rr..."
    ),
}


def draw(name: str) -> bytes:
    """Return a drawing as a PNG of 16 by 16 points."""
    image = Image.new("RGBA", (8, 8))
    for y, row in enumerate(DRAWINGS[name].split("|")):
        for x, letter in enumerate(row):
            if letter in _COLORS:
                image.putpixel((x, y), (*_COLORS[letter], 255))
    out = io.BytesIO()
    image.resize((16, 16), Image.Resampling.NEAREST).save(out, "PNG")
    return out.getvalue()
