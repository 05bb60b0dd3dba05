"""Journals that are closed afterwards, the one warning that is expected, and other processes."""

from __future__ import annotations

import logging
import shutil
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest

from yotokit.errors import JournalWarning
from yotokit.journal import Journal, opening

sys.path.insert(0, str(Path(__file__).parent))

LOGGER = "yotokit.journal"


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "state"


@pytest.fixture
def opened():
    """Return a function that opens a journal, which is closed at the end."""
    journals = []

    def open_journal(folder) -> Journal:
        journals.append(Journal(folder))
        return journals[-1]

    yield open_journal
    for journal in journals:
        journal.close()


@pytest.fixture(params=["on disk", "in memory"])
def journal(request, folder, opened):
    return opened(folder if request.param == "on disk" else None)


@pytest.fixture
def one_warning(caplog):
    """Return a context in which exactly one warning is given, and logged; it yields its text."""

    @contextmanager
    def context():
        told = []
        caplog.clear()
        with caplog.at_level(logging.WARNING, LOGGER), pytest.warns(JournalWarning) as caught:
            yield told
        told += [str(warning.message) for warning in caught]
        logged = [r.getMessage() for r in caplog.records if r.name == LOGGER]
        assert len(told) == 1, told
        assert logged == told

    return context


@pytest.fixture
def companion(folder):
    """Return a function that starts another process with a journal in the same folder."""
    from companions import Companion

    started = []

    def start() -> Companion:
        started.append(Companion(folder))
        return started[-1]

    yield start
    for one in started:
        one.kill()


@pytest.fixture(scope="session")
def filled_once(tmp_path_factory):
    import doing

    folder = tmp_path_factory.mktemp("filled")
    journal = Journal(folder)
    doing.fill(journal)
    journal.close()
    assert not (folder / "journal.db-wal").exists()
    return folder / "journal.db"


@pytest.fixture
def filled(filled_once, folder):
    """Return the folder of a journal with much in it, all of it in the one file."""
    folder.mkdir()
    shutil.copy2(filled_once, folder)
    return folder


@pytest.fixture(params=["WAL", "TRUNCATE"])
def mode(request, monkeypatch):
    monkeypatch.setattr(opening, "_MODES", (request.param,))
    return request.param
