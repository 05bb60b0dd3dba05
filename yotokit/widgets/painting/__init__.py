"""From a snapshot to what the widgets show; pure, so it is tested without kernel or thread."""

from yotokit.widgets.painting.compact import compact_curve
from yotokit.widgets.painting.memo import Memo
from yotokit.widgets.painting.remedies import remedy
from yotokit.widgets.painting.values import Chosen, Painting
from yotokit.widgets.painting.whole import is_over, paint
from yotokit.widgets.painting.words import is_working

__all__ = [
    "Chosen",
    "Memo",
    "Painting",
    "compact_curve",
    "is_over",
    "is_working",
    "paint",
    "remedy",
]
