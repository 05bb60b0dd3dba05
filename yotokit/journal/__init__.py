"""What is remembered between runs: results, uploads, cards and sessions, in one SQLite file.

Knows neither sound nor Yoto nor the engine: it keeps text and bytes under keys. It is a cache.
Losing it costs time, never a result, for the service's own answer is what counts.
"""

from yotokit.journal.cards import CardEntry
from yotokit.journal.journal import Journal
from yotokit.journal.sessions import ItemEntry, SessionEntry
from yotokit.journal.uploads import UploadEntry

__all__ = ["CardEntry", "ItemEntry", "Journal", "SessionEntry", "UploadEntry"]
