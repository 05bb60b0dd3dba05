"""The page at ``/``: the account's cards, the way a parent would look at them."""

from yotokit.emulator.page.frame import cards_page, page_response

__all__ = ["cards_page", "page_response"]
