"""Everything that is done with a journal, in one go."""

from __future__ import annotations

import os
import warnings

from yotokit.journal import CardEntry, ItemEntry, Journal

ROWS, ROW_BYTES = 200, 20_000


def fill(journal, rows=ROWS):
    journal.sessions.begin("s1", "me", "mark", "title", {})
    for number in range(rows):
        key = f"row {number}"
        journal.keep_result(key, "stage", "{}", os.urandom(ROW_BYTES))
        journal.keep_digest(key, 1, 1, key)
        journal.uploads("me").sent(key, key)
        journal.cards("me").put(key, CardEntry(key))
        journal.sessions.add("s1", [ItemEntry(key, key)])


def read(journal, rows=ROWS):
    """Look at everything; return how many of the results are still there."""
    journal.sessions.find()
    for number in range(rows):
        key = f"row {number}"
        journal.digest(key, 1, 1)
        journal.uploads("me").get(key)
        journal.cards("me").get(key)
    return sum(journal.result(f"row {n}", "stage", "{}") is not None for n in range(rows))


def works(journal):
    """Do everything, and see that it is found again."""
    journal.keep_result("new", "stage", "{}", b"value")
    journal.keep_digest("/new", 1, 1, "sha")
    journal.uploads("me").sent("new", "u1")
    journal.cards("me").put("new", CardEntry("c1"))
    journal.sessions.begin("new", "me", "new", "title", {"a": 1})
    journal.sessions.add("new", [ItemEntry("/a", "A"), ItemEntry("/b", "B")])
    journal.sessions.arrange("new", ["/b", "/a"])
    journal.sessions.done("new", ["/b"])
    assert journal.claim("me", "new", "1")
    assert not journal.claim("me", "new", "2")
    journal.unclaim("me", "new", "1")
    return (
        journal.result("new", "stage", "{}") == b"value"
        and journal.digest("/new", 1, 1) == "sha"
        and journal.uploads("me").get("new").arrived
        and journal.cards("me").get("new") == CardEntry("c1")
        and journal.sessions.find("me", "new")[0].items
        == (ItemEntry("/b", "B", done=True), ItemEntry("/a", "A"))
    )


def set_aside(folder):
    return sorted(folder.glob("journal.damaged-*"))


def opens_without_a_word(folder):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        journal = Journal(folder)
        try:
            return journal.on_disk and journal.trouble == "" and works(journal)
        finally:
            journal.close()
