"""A claim is one holder's in all processes, for as long as the process lives that made it."""

from __future__ import annotations

import errno
import os
import signal
import sqlite3
import time

import filelock
import pytest

from yotokit.journal.owner import Owner

CLAIM = ("me", "upload abc")


def locks(folder):
    return sorted(path.name for path in (folder / "owners").glob("*"))


def test_a_claim_is_one_holders_until_it_is_given_up(journal):
    assert journal.claim(*CLAIM, "1")
    assert journal.claim(*CLAIM, "1")
    assert not journal.claim(*CLAIM, "2")
    journal.unclaim(*CLAIM, "2")
    assert not journal.claim(*CLAIM, "2")
    journal.unclaim(*CLAIM, "1")
    assert journal.claim(*CLAIM, "2")


def test_claims_of_other_things_and_accounts_are_other_claims(journal):
    assert journal.claim(*CLAIM, "1")
    assert journal.claim("you", CLAIM[1], "2")
    assert journal.claim("me", "upload xyz", "2")


def test_two_journals_on_one_folder_are_two_owners_although_the_process_is_one(folder, opened):
    one, two = opened(folder), opened(folder)
    assert one.claim(*CLAIM, "1")
    assert not two.claim(*CLAIM, "1")
    two.unclaim(*CLAIM, "1")
    assert not two.claim(*CLAIM, "1")
    one.close()

    assert two.claim(*CLAIM, "1")


def test_what_another_process_claimed_is_its_own_as_long_as_it_lives(folder, opened, companion):
    journal, other = opened(folder), companion()
    assert other.call("claim", *CLAIM, "1")
    assert not journal.claim(*CLAIM, "1")
    other.process.send_signal(signal.SIGSTOP)
    assert not journal.claim(*CLAIM, "1")
    other.process.send_signal(signal.SIGCONT)
    other.call("unclaim", *CLAIM, "1")

    assert journal.claim(*CLAIM, "1")
    assert not other.call("claim", *CLAIM, "1")


@pytest.mark.parametrize("stopped", [False, True])
def test_a_process_that_is_killed_frees_what_it_claimed_for_one_other(
    folder, opened, companion, stopped
):
    journal, third, other = opened(folder), companion(), companion()
    assert other.call("claim", *CLAIM, "1")
    if stopped:
        other.process.send_signal(signal.SIGSTOP)
    other.kill()

    assert journal.claim(*CLAIM, "2")
    assert not third.call("claim", *CLAIM, "3")
    assert len(locks(folder)) == 2


def test_only_one_of_many_gets_what_a_killed_process_held(companion):
    rivals, claims = [companion() for _ in range(4)], [f"upload {n}" for n in range(12)]
    for _ in range(3):
        victim = companion()
        for what in claims:
            assert victim.call("claim", "me", what, "1")
        victim.kill()
        for what in claims:
            for rival in rivals:
                rival.begin("claim", "me", what, "1")
            assert sum(rival.hear() for rival in rivals) == 1
            for rival in rivals:
                rival.call("unclaim", "me", what, "1")


def test_a_journal_that_is_closed_frees_its_claims_and_leaves_no_lock(folder, opened):
    one, two = opened(folder), opened(folder)
    assert one.claim(*CLAIM, "1")
    assert len(locks(folder)) == 2
    one.close()
    one.close()
    assert len(locks(folder)) == 1
    assert two.claim(*CLAIM, "1")


def test_the_locks_of_killed_processes_are_swept_away_and_new_ones_are_left(
    folder, opened, companion
):
    for age_s in (0.0, 3600.0):
        victim = companion()
        victim.kill()
        (lock,) = set(locks(folder)) - {"new.lock"}
        path = folder / "owners" / (lock if age_s else "new.lock")
        (folder / "owners" / lock).rename(path)
        os.utime(path, (time.time() - age_s,) * 2)
    living = companion()
    for lock in set(locks(folder)) - {"new.lock"}:
        os.utime(folder / "owners" / lock, (0, 0))
    opened(folder)

    assert len(locks(folder)) == 3
    assert "new.lock" in locks(folder)
    assert living.call("claim", *CLAIM, "1")


def test_an_owner_whose_lock_file_a_cleaner_removed_is_taken_for_dead_and_nothing_fails(
    folder, opened
):
    one, two = opened(folder), opened(folder)
    assert one.claim(*CLAIM, "1")
    for lock in locks(folder):
        (folder / "owners" / lock).unlink()
    (folder / "owners").rmdir()

    assert two.claim(*CLAIM, "1")


def test_a_process_of_which_it_cannot_be_told_whether_it_lives_keeps_its_claims(
    folder, opened, monkeypatch
):
    one, two = opened(folder), opened(folder)
    assert one.claim(*CLAIM, "1")

    def refuse(*_, **__):
        raise OSError(errno.EMFILE, "Too many open files")

    with monkeypatch.context() as patch:
        patch.setattr(filelock.FileLock, "acquire", refuse)
        assert not two.claim(*CLAIM, "1")
    assert not two.claim(*CLAIM, "1")


def test_a_folder_that_cannot_hold_locks_makes_a_journal_in_memory(
    folder, opened, one_warning, monkeypatch
):
    def refuse(*_, **__):
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(filelock.FileLock, "acquire", refuse)
    with one_warning() as told:
        journal = opened(folder)

    assert "No locks available" in told[0]
    assert not journal.on_disk
    assert journal.claim(*CLAIM, "1")
    assert not journal.claim(*CLAIM, "2")


def test_a_lock_that_a_file_system_only_imitates_is_none(folder, monkeypatch):
    fcntl = pytest.importorskip("fcntl")

    def missing(*_):
        raise OSError(errno.ENOSYS, "Function not implemented")

    monkeypatch.setattr(fcntl, "flock", missing)
    with pytest.raises(OSError, match="not implemented"):
        Owner(folder)


def test_the_claim_of_another_process_is_no_obstacle_once_a_journal_is_in_memory(
    folder, opened, companion, one_warning
):
    """Nobody would hear that it was given up: the work would wait until the other one's end."""
    journal, other = opened(folder), companion()
    assert other.call("claim", *CLAIM, "1")
    with one_warning():
        journal._database.give_up("the test says so")

    assert journal.claim(*CLAIM, "1")
    assert not journal.claim(*CLAIM, "2")


def test_what_was_claimed_on_disk_by_a_journal_that_is_in_memory_now_is_freed_with_the_next(
    folder, opened, companion, one_warning
):
    """Nobody could take it back on disk: another process would wait until this one's end."""
    journal, other = opened(folder), companion()
    assert journal.claim(*CLAIM, "1")
    with one_warning():
        journal._database.give_up("the test says so")
    assert not other.call("claim", *CLAIM, "1")
    assert not journal.claim(*CLAIM, "2")
    journal.unclaim(*CLAIM, "1")

    assert other.call("claim", *CLAIM, "1")
    assert journal.claim(*CLAIM, "2")


@pytest.mark.parametrize("owner", ["", ":", "../../x:1", None, 7, "gone:1", "a" * 300])
def test_a_claim_whose_owner_is_nonsense_is_free_or_taken_and_fails_nothing(folder, opened, owner):
    journal = opened(folder)
    connection = sqlite3.connect(folder / "journal.db")
    with connection:
        connection.execute("INSERT INTO claim VALUES (?, ?, ?)", (*CLAIM, owner))
    connection.close()

    assert journal.claim(*CLAIM, "1") in (True, False)
    assert journal.claim("me", "another", "1")
    assert journal.on_disk


def test_an_owner_in_memory_knows_nobody_but_itself():
    owner = Owner(None)

    assert owner.lives(owner.name)
    assert not owner.lives("another")
    with pytest.raises(RuntimeError):
        owner._lock_of("x")
    owner.close()
