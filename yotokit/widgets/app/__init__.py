"""The card maker: one page that takes files to a card, for people who do not write code.

`state` is where a person is, and `moves` what may follow. `conductor` brings clicks to it, and has
`desk` do what takes its time; `holder` keeps it, and closes what it leaves behind. `painting` puts
it into words, `steps` are the widgets, and `maker` is the page.
"""

from yotokit.widgets.app.maker import CardMaker
from yotokit.widgets.app.state import Account

__all__ = ["Account", "CardMaker"]
