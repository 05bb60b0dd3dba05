"""A damaged file is set aside, once, and nothing fails by what is read of it."""

from __future__ import annotations

import os
import random
import shutil
import sqlite3
import warnings
from pathlib import Path

import pytest
from doing import ROWS, fill, opens_without_a_word, read, set_aside, works

from yotokit.journal import CardEntry
from yotokit.journal.schema import VERSION


def garbage(path):
    path.write_bytes(random.Random(1).randbytes(50_000))


def a_header_and_garbage(path):
    path.write_bytes(path.read_bytes()[:100] + random.Random(1).randbytes(50_000))


def cut_in_the_middle(path):
    os.truncate(path, path.stat().st_size // 2)


def cut_in_the_middle_of_a_page(path):
    os.truncate(path, path.stat().st_size // 2 + 1000)


def cut_to_a_few_bytes(path):
    os.truncate(path, 50)


def of_another_program(path):
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(10_000))


@pytest.mark.parametrize(
    "damage",
    [
        garbage,
        a_header_and_garbage,
        cut_in_the_middle,
        cut_in_the_middle_of_a_page,
        cut_to_a_few_bytes,
        of_another_program,
    ],
)
@pytest.mark.parametrize("left", [(), ("-wal", "-shm", "-journal")], ids=["alone", "with others"])
@pytest.mark.usefixtures("mode")
def test_a_damaged_file_is_set_aside_once_and_a_new_one_begun(
    filled, opened, one_warning, damage, left
):
    path = filled / "journal.db"
    damage(path)
    for suffix in left:
        path.with_name(path.name + suffix).write_bytes(random.Random(2).randbytes(9000))
    content = path.read_bytes()
    with one_warning() as told:
        journal = opened(filled)
        read(journal)
        assert works(journal)
        journal.close()

    (aside,) = set_aside(filled)
    assert aside.name in told[0]
    assert "is damaged" in told[0]
    assert aside.read_bytes()[:50] == content[:50]
    assert journal.trouble == ""
    assert opens_without_a_word(filled)
    assert set_aside(filled) == [aside]


def damage_pages(path, seed=1):
    """Write nonsense over all pages but the first, as a bad disk or memory may."""
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(random.Random(seed).randbytes(path.stat().st_size - 4096))


def test_damage_that_shows_in_the_middle_of_a_run_begins_a_new_file(filled, opened, one_warning):
    journal = opened(filled)
    assert read(journal) == ROWS
    damage_pages(filled / "journal.db")
    with one_warning() as told:
        read(journal)
        assert works(journal)

    assert "malformed" in told[0]
    assert journal.on_disk
    journal.close()
    assert len(set_aside(filled)) == 1
    assert opens_without_a_word(filled)


def test_a_file_that_is_damaged_twice_in_a_run_is_given_up(filled, opened, one_warning):
    journal = opened(filled)
    with one_warning():
        damage_pages(filled / "journal.db")
        read(journal)
    fill(journal)
    connection = sqlite3.connect(filled / "journal.db", isolation_level=None)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    connection.close()
    with one_warning() as told:
        damage_pages(filled / "journal.db")
        read(journal)
        assert works(journal)

    assert "cannot be used" in told[0]
    assert not journal.on_disk
    assert len(set_aside(filled)) == 1


def test_a_damaged_file_that_cannot_be_set_aside_is_given_up(
    filled, opened, one_warning, monkeypatch
):
    garbage(filled / "journal.db")

    def refuse(*_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "rename", refuse)
    with one_warning() as told:
        journal = opened(filled)
        assert works(journal)

    assert "not a database" in told[0]
    assert "cannot be used" in told[0]
    assert not journal.on_disk


def test_two_journals_that_find_the_same_damage_set_it_aside_once(filled, opened, one_warning):
    one, two = opened(filled), opened(filled)
    damage_pages(filled / "journal.db")
    with one_warning():
        read(one)
    fill(one)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        read(two)
        assert works(two)

    assert len(set_aside(filled)) == 1
    assert read(one) == ROWS
    assert two.uploads("me").get("row 1").arrived
    assert not one.claim("me", "x", "1") or not two.claim("me", "x", "1")


def test_a_tables_row_that_is_nonsense_is_passed_over(folder, opened):
    journal = opened(folder)
    fill(journal, 3)
    connection = sqlite3.connect(folder / "journal.db")
    with connection:
        for account, settings, at in (
            ("a", "{", 1.0),
            ("b", "[1]", 1.0),
            ("c", None, 1.0),
            ("d", "{}", "yesterday"),
            ("e", "{}", 1e300),
            ("f", "{}", None),
            (None, "{}", 1.0),
        ):
            connection.execute(
                "INSERT INTO session VALUES (?, ?, ?, ?, ?, ?)",
                (f"s {account}", account, "m", "t", settings, at),
            )
        connection.execute("UPDATE item SET title=7 WHERE path='row 1'")
        connection.execute("UPDATE item SET title=NULL WHERE path='row 2'")
        connection.execute("UPDATE result SET value=NULL WHERE sha256='row 0'")
        connection.execute("UPDATE result SET value=1000000000000 WHERE sha256='row 1'")
        connection.execute("UPDATE result SET value='text' WHERE sha256='row 2'")
        connection.execute("UPDATE upload SET at=NULL")
        connection.execute("UPDATE card SET revision='many'")
    connection.close()

    assert [entry.account for entry in journal.sessions.find()] == ["me"]
    assert [item.path for item in journal.sessions.find()[0].items] == ["row 0", "row 1"]
    assert read(journal, 3) == 0
    assert journal.uploads("me").get("row 1") is None
    assert journal.cards("me").get("row 1") == CardEntry()
    assert journal.on_disk


def test_text_that_is_none_counts_as_damage(folder, opened, one_warning):
    journal = opened(folder)
    fill(journal, 1)
    connection = sqlite3.connect(folder / "journal.db")
    with connection:
        connection.execute("UPDATE item SET title=CAST(x'ff41' AS TEXT)")
    connection.close()
    with one_warning() as told:
        journal.sessions.find()
        assert works(journal)

    assert "decode" in told[0]
    assert journal.on_disk


def test_no_damage_anywhere_in_the_file_makes_anything_fail(filled, opened):
    """Flips bytes, cuts, and overwrites; with warnings as errors nothing is raised."""
    chance, sound = random.Random(5), (filled / "journal.db").read_bytes()
    for _ in range(60):
        shutil.rmtree(filled)
        filled.mkdir()
        damaged = bytearray(sound)
        for _ in range(chance.choice([1, 10, 1000])):
            damaged[chance.randrange(len(sound))] = chance.randrange(256)
        if chance.random() < 0.3:
            del damaged[chance.randrange(len(sound)) :]
        (filled / "journal.db").write_bytes(damaged)
        journal = opened(filled)
        read(journal, 40)
        works(journal)
        read(journal, 40)
        journal.close()
        assert len(set_aside(filled)) <= 1


def test_a_file_of_no_bytes_is_a_new_one(folder):
    folder.mkdir()
    (folder / "journal.db").write_bytes(b"")

    assert opens_without_a_word(folder)
    assert set_aside(folder) == []


def test_tables_that_are_not_ours_make_a_journal_in_memory(folder, opened, one_warning):
    folder.mkdir()
    connection = sqlite3.connect(folder / "journal.db")
    connection.execute("CREATE TABLE result (something_else)")
    connection.execute("CREATE TABLE claim (something_else)")
    connection.execute("CREATE TABLE session (id)")
    connection.execute(f"PRAGMA user_version={VERSION}")
    connection.close()
    with one_warning():
        journal = opened(folder)
        assert works(journal)
