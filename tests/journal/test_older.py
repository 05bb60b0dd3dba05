"""A file of an older version is taken over as it is, with what came later added."""

from __future__ import annotations

import sqlite3
from contextlib import closing

from doing import ROWS, opens_without_a_word, read, works

from yotokit.journal import ItemEntry
from yotokit.journal.schema import VERSION


def test_a_file_of_the_first_form_gets_the_icons_and_loses_nothing(filled, opened):
    path = filled / "journal.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("ALTER TABLE item DROP COLUMN icon")
        connection.execute("PRAGMA user_version=1")
        connection.commit()
    journal = opened(filled)

    assert journal.on_disk
    assert read(journal) == ROWS
    (entry,) = journal.sessions.find("me", "mark")
    assert {item.icon for item in entry.items} == {""}
    journal.sessions.add("s1", [ItemEntry("row 0", "row 0", icon="yoto:#new")])
    assert journal.sessions.find("me", "mark")[0].items[0].icon == "yoto:#new"
    assert works(journal)
    journal.close()
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (VERSION,)
    assert opens_without_a_word(filled)
