"""Many threads and processes at once: nothing is lost, nothing fails, nobody hangs."""

from __future__ import annotations

import os
import random
import sqlite3
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from yotokit.journal import CardEntry, ItemEntry, Journal

THREADS, OPERATIONS = 8, 500
forks = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")


def count(folder, table="result"):
    connection = sqlite3.connect(folder / "journal.db")
    try:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        return connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]  # noqa: S608
    finally:
        connection.close()


def mixed(journal, name, number, chance):
    """Do one of everything that a journal does, and see that it was done."""
    key = f"{name} {number}"
    match chance.randrange(6):
        case 0:
            journal.keep_digest(key, number, 1, key)
            assert journal.digest(key, number, 1) == key
        case 1:
            journal.uploads("me").sending(key, key)
            journal.uploads("me").sent(key, key)
            assert journal.uploads("me").get(key).arrived
        case 2:
            journal.cards("me").put(key, CardEntry(key))
            assert journal.cards("me").get(key).card_id == key
        case 3:
            journal.sessions.add(name, [ItemEntry(key, key)])
            journal.sessions.done(name, [key])
            assert journal.sessions.find("me", name)[0].items[-1] == ItemEntry(key, key, done=True)
        case 4:
            assert journal.claim("me", key, name)
            assert not journal.claim("me", key, "another")
            journal.unclaim("me", key, name)
        case _:
            journal.uploads("me").sent("shared", key)
            journal.uploads("me").get("shared")
    journal.keep_result(key, "stage", "{}", key.encode())
    assert journal.result(key, "stage", "{}") == key.encode()


def test_eight_threads_do_everything_at_once(journal, folder):
    gate = threading.Barrier(THREADS)

    def work(name):
        chance = random.Random(name)
        journal.sessions.begin(name, "me", name, name, {})
        gate.wait(30)
        for number in range(OPERATIONS):
            mixed(journal, name, number, chance)

    with ThreadPoolExecutor(THREADS) as pool:
        for future in [pool.submit(work, f"thread {n}") for n in range(THREADS)]:
            future.result(120)
    on_disk = journal.on_disk
    journal.close()

    assert journal.trouble == ""
    if on_disk:
        assert count(folder) == THREADS * OPERATIONS
        assert count(folder, "claim") == 0


def test_what_threads_want_at_once_is_claimed_by_one_of_them(journal):
    gate = threading.Barrier(THREADS)

    def work(name):
        gate.wait(30)
        return [journal.claim("me", str(n), name) for n in range(100)]

    with ThreadPoolExecutor(THREADS) as pool:
        claimed = list(pool.map(work, map(str, range(THREADS))))

    assert [sum(each) for each in zip(*claimed, strict=True)] == [1] * 100


def test_two_processes_write_at_once_and_lose_nothing(folder, companion):
    one, two = companion(), companion()
    for each, name in ((one, "one"), (two, "two")):
        each.begin("write_rows", name, 500)

    assert one.hear() == two.hear() == ""
    assert count(folder) == 1000


def test_a_process_that_is_killed_while_it_writes_leaves_a_whole_journal(folder, companion, opened):
    for number in range(5):
        victim = companion()
        victim.begin("write_rows", str(number), 100_000)
        opened(folder).keep_result(f"mine {number}", "stage", "{}", b"")
        victim.kill()
    journal = opened(folder)

    assert journal.trouble == ""
    assert all(journal.result(f"mine {n}", "stage", "{}") == b"" for n in range(5))
    assert count(folder) >= 5


def test_processes_that_open_a_new_journal_at_the_same_moment_all_get_it(folder, companion):
    others = [companion() for _ in range(6)]
    for _ in range(20):
        for other in others:
            other.begin("reopen")

        assert [other.hear() for other in others] == [""] * 6


def test_sessions_of_many_threads_share_one_journal(folder):
    gate = threading.Barrier(THREADS)

    def work(number):
        gate.wait(30)
        for turn in range(40):
            journal = Journal.shared(folder)
            journal.keep_result(f"{number} {turn}", "stage", "{}", b"x")
            assert journal.result(f"{number} {turn}", "stage", "{}") == b"x"
            journal.release()

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(work, range(THREADS)))

    assert folder not in Journal._shared
    assert count(folder) == THREADS * 40


# The parent hammers its journals in threads and forks; each child finds itself without one, makes
# its own in the same folder, and sees that the parent holds what it has claimed.
FORKING = """
import os, pathlib, signal, sys, threading, warnings
warnings.simplefilter("error")
warnings.filterwarnings("ignore", category=DeprecationWarning)  # 3.12: forking beside threads
from yotokit.journal import ItemEntry, Journal

folder = pathlib.Path(sys.argv[1])
journal, memory = Journal.shared(folder), Journal.shared(None)
journal.sessions.begin("s", "me", "mark", "title", {})
assert journal.claim("me", "held", "parent")
over, written, failed = threading.Event(), [0] * 4, []

def hammer(me):
    try:
        while not over.is_set():
            key = f"{me} {written[me]}"
            journal.keep_result(key, "stage", "{}", bytes(3000))
            memory.keep_result(key, "stage", "{}", b"x")
            assert journal.claim("me", key, "parent")
            assert not journal.claim("me", key, "another")
            journal.unclaim("me", key, "parent")
            journal.sessions.add("s", [ItemEntry(f"/{me}", key)])
            assert journal.result(key, "stage", "{}") == bytes(3000)
            assert memory.result(key, "stage", "{}") == b"x"
            written[me] += 1
            other = Journal(folder / f"other {me}")
            other.keep_result("a", "stage", "{}", b"x")
            other.close()
    except BaseException as error:
        failed.append(error)

def in_child(number):
    signal.alarm(60)  # a deadlock ends the child, and the test fails
    assert journal.result("0 0", "stage", "{}") is None
    assert not journal.on_disk
    journal.keep_result("of the parent's", "stage", "{}", b"x")
    own = Journal.shared(folder)
    assert own is not journal
    assert own.trouble == "", own.trouble
    assert not own.claim("me", "held", "child")
    assert own.claim("me", f"child {number}", "child")
    for n in range(20):
        own.keep_result(f"child {number} {n}", "stage", "{}", bytes(3000))
        assert own.result(f"child {number} {n}", "stage", "{}") == bytes(3000)
    if number % 2:
        own.release()
    journal.release()
    memory.close()

threads = [threading.Thread(target=hammer, args=(me,)) for me in range(4)]
for thread in threads:
    thread.start()
children = 40
running = []
for number in range(children):
    child = os.fork()
    if not child:
        in_child(number)
        sys.exit(7)
    running.append(child)
    if len(running) == 3:
        _, status = os.waitpid(running.pop(0), 0)
        assert os.waitstatus_to_exitcode(status) == 7, status
for child in running:
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 7, status
over.set()
for thread in threads:
    thread.join()
assert not failed, failed
assert journal.trouble == "" and journal.on_disk
rival = Journal(folder)
assert not rival.claim("me", "held", "rival")
assert all(rival.claim("me", f"child {n}", "rival") for n in range(children))
rival.close()
for me, count in enumerate(written):
    assert count and all(journal.result(f"{me} {n}", "stage", "{}") for n in range(count))
    assert memory.result(f"{me} 0", "stage", "{}") == b"x"
for number in range(children):
    assert all(journal.result(f"child {number} {n}", "stage", "{}") for n in range(20)), number
assert journal.result("of the parent's", "stage", "{}") is None
journal.release()
memory.release()
print("all well")
"""


@forks
def test_a_forked_child_neither_hangs_nor_harms_the_journal_that_its_parent_works_with(folder):
    process = subprocess.run(
        [sys.executable, "-c", FORKING, str(folder)],
        capture_output=True,
        text=True,
        check=False,
        timeout=200,
    )

    assert process.stderr == ""
    assert process.stdout == "all well\n"
    count(folder)
