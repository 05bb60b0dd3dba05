"""What is put into a journal is found there again, and nothing else."""

from __future__ import annotations

import sqlite3
import time

import pytest

from yotokit.journal import CardEntry, ItemEntry, Journal

DAY_S = 86_400.0
LONG_AGO_NS = 1_700_000_000_000_000_000
NO_UNICODE = b"/music/caf\xe9.wav".decode("utf-8", "surrogateescape")


def items(journal, account="me"):
    (entry,) = journal.sessions.find(account)
    return [(item.path, item.title, item.done) for item in entry.items]


def paths(journal):
    return [path for path, _, _ in items(journal)]


def begin(journal, session_id="s1", mark="mark", account="me", **settings):
    journal.sessions.begin(session_id, account, mark, f"Card {mark}", settings)


def test_a_result_is_found_by_content_stage_and_settings_together(journal):
    journal.keep_result("a", "measured", "{}", b"one")
    journal.keep_result("a", "rendered", "{}", b"two")
    journal.keep_result("a", "measured", '{"x": 1}', b"")

    assert journal.result("a", "measured", "{}") == b"one"
    assert journal.result("a", "rendered", "{}") == b"two"
    assert journal.result("a", "measured", '{"x": 1}') == b""
    assert journal.result("b", "measured", "{}") is None


def test_a_result_is_replaced_by_a_later_one(journal):
    for value in (b"one", b"two"):
        journal.keep_result("a", "measured", "{}", value)

    assert journal.result("a", "measured", "{}") == b"two"


def test_a_digest_holds_for_one_path_size_and_time_only(journal):
    journal.keep_digest("/a.wav", 10, LONG_AGO_NS, "sha")

    assert journal.digest("/a.wav", 10, LONG_AGO_NS) == "sha"
    assert journal.digest("/a.wav", 11, LONG_AGO_NS) is None
    assert journal.digest("/a.wav", 10, LONG_AGO_NS + 1) is None
    assert journal.digest("/b.wav", 10, LONG_AGO_NS) is None


def test_the_digest_of_a_file_that_may_still_change_unseen_is_not_kept(journal):
    now = time.time_ns()
    for path, modified_ns in (("/now", now), ("/a second ago", now - 10**9), ("/later", now * 2)):
        journal.keep_digest(path, 10, modified_ns, "sha")
        assert journal.digest(path, 10, modified_ns) is None
    journal.keep_digest("/settled", 10, now - 3 * 10**9, "sha")

    assert journal.digest("/settled", 10, now - 3 * 10**9) == "sha"


def test_a_digest_that_is_not_kept_leaves_none_of_before_for_the_same_time(journal):
    journal.keep_digest("/a", 10, LONG_AGO_NS, "old")
    journal.keep_digest("/a", 10, time.time_ns(), "new")

    assert journal.digest("/a", 10, LONG_AGO_NS) == "old"


def test_an_upload_is_on_its_way_then_there_then_forgotten(journal):
    uploads = journal.uploads("me")
    assert uploads.get("sha") is None
    uploads.sending("sha", "u1")
    entry = uploads.get("sha")
    assert (entry.upload_id, entry.arrived) == ("u1", False)
    assert 0 <= entry.age_s < 60
    noted_at = uploads.sent("sha", "u2")
    assert (uploads.get("sha").upload_id, uploads.get("sha").arrived) == ("u2", True)
    uploads.forget("sha", noted_at)
    uploads.forget("sha", noted_at)

    assert uploads.get("sha") is None


def test_an_upload_that_was_noted_anew_is_not_forgotten_for_an_older_one(journal):
    uploads = journal.uploads("me")
    noted_at = uploads.sent("sha", "u1")
    time.sleep(0.001)
    uploads.sent("sha", "u1")
    uploads.forget("sha", noted_at)

    assert uploads.get("sha").upload_id == "u1"


def test_uploads_and_cards_of_one_account_are_not_those_of_another(journal):
    journal.uploads("me").sent("sha", "u1")
    journal.cards("me").put("mark", CardEntry("c1"))

    assert journal.uploads("you").get("sha") is None
    assert journal.cards("you").get("mark") == CardEntry()


def test_a_card_comes_back_as_it_was_put(journal):
    cards = journal.cards("me")
    assert cards.get("mark") == CardEntry()
    for entry in (CardEntry(creating=True), CardEntry("c1", False, "gist", 3)):
        cards.put("mark", entry)
        assert cards.get("mark") == entry


def test_a_session_comes_back_with_its_settings_files_and_card(journal):
    begin(journal, target={"lufs": -16.0}, tags=True)
    journal.sessions.add("s1", [ItemEntry("/b", "B"), ItemEntry("/a", "A")])
    journal.cards("me").put("mark", CardEntry("c1"))
    (entry,) = journal.sessions.find()

    assert (entry.session_id, entry.account, entry.mark) == ("s1", "me", "mark")
    assert (entry.title, entry.card_id) == ("Card mark", "c1")
    assert entry.settings == {"target": {"lufs": -16.0}, "tags": True}
    assert [item.path for item in entry.items] == ["/b", "/a"]
    assert abs(entry.changed_at.timestamp() - time.time()) < 60


def test_a_session_takes_the_place_of_older_ones_of_its_mark_and_of_no_others(journal):
    begin(journal, "s1", "one")
    journal.sessions.add("s1", [ItemEntry("/a", "A")])
    begin(journal, "s2", "two")
    begin(journal, "s3", "one", account="you")
    begin(journal, "s4", "one")

    found = {entry.session_id for entry in journal.sessions.find()}
    assert found == {"s2", "s3", "s4"}
    assert journal.sessions.find("me", "one")[0].items == ()
    assert [entry.session_id for entry in journal.sessions.find("you")] == ["s3"]
    assert [entry.session_id for entry in journal.sessions.find(mark="two")] == ["s2"]


def test_a_session_is_begun_with_its_files_in_one_go(journal):
    begin(journal)
    journal.sessions.add("s1", [ItemEntry("/old", "old")])
    files = [ItemEntry("/b", "B"), ItemEntry("/a", "A")]
    journal.sessions.begin("s2", "me", "mark", "title", {}, items=files)

    assert paths(journal) == ["/b", "/a"]


def test_a_session_whose_place_was_taken_is_not_there_and_takes_no_files(journal):
    begin(journal, "s1")
    assert journal.sessions.has("s1")
    begin(journal, "s2")

    assert not journal.sessions.has("s1")
    assert not journal.sessions.add("s1", [ItemEntry("/a", "A")])
    assert journal.sessions.add("s2", [ItemEntry("/b", "B")])
    assert paths(journal) == ["/b"]


def test_a_file_is_taken_out_and_the_others_keep_their_places(journal):
    begin(journal)
    journal.sessions.add("s1", [ItemEntry(f"/{n}", n) for n in "abc"])
    for path in ("/b", "/b", "/unknown"):
        journal.sessions.remove("s1", path)

    assert paths(journal) == ["/a", "/c"]


def test_the_session_that_was_worked_on_last_comes_first(journal, monkeypatch):
    now = [1_800_000_000.0]
    monkeypatch.setattr(time, "time", lambda: now[0])
    for number in (1, 2, 3):
        now[0] += 10
        begin(journal, f"s{number}", f"mark {number}")
    now[0] += 10
    journal.sessions.add("s1", [ItemEntry("/a", "A")])

    assert [entry.session_id for entry in journal.sessions.find()] == ["s1", "s3", "s2"]


def test_files_are_added_behind_the_others_and_known_ones_keep_their_places(journal):
    begin(journal)
    journal.sessions.add("s1", [ItemEntry("/a", "A"), ItemEntry("/b", "B")])
    journal.sessions.add("s1", [])
    journal.sessions.add("s1", [ItemEntry("/c", "C"), ItemEntry("/a", "A again")])

    assert [item[:2] for item in items(journal)] == [
        ("/a", "A again"),
        ("/b", "B"),
        ("/c", "C"),
    ]


def test_files_are_arranged_anew_and_those_that_are_not_named_are_gone(journal):
    begin(journal)
    journal.sessions.add("s1", [ItemEntry(f"/{n}", n) for n in "abcd"])
    journal.sessions.arrange("s1", ["/d", "/unknown", "/a", "/c"])
    assert paths(journal) == ["/d", "/a", "/c"]
    journal.sessions.add("s1", [ItemEntry("/e", "e")])
    assert paths(journal) == ["/d", "/a", "/c", "/e"]
    journal.sessions.arrange("s1", [])

    assert paths(journal) == []


def test_a_file_is_done_in_its_own_session_only_until_it_is_submitted_anew(journal):
    for number in (1, 2):
        begin(journal, f"s{number}", f"mark {number}", account=f"account {number}")
        journal.sessions.add(f"s{number}", [ItemEntry("/a", "A"), ItemEntry("/b", "B")])
    journal.sessions.done("s1", [])
    journal.sessions.done("s1", ["/b", "/unknown"])

    assert [item[2] for item in items(journal, "account 1")] == [False, True]
    assert [item[2] for item in items(journal, "account 2")] == [False, False]
    journal.sessions.add("s1", [ItemEntry("/b", "B")])
    assert [item[2] for item in items(journal, "account 1")] == [False, False]


@pytest.mark.parametrize("name", [NO_UNICODE, "/\ud800", "/日本語 🦊.wav", "/", "a\nb"])
def test_any_name_that_a_file_can_have_is_kept(journal, name):
    begin(journal)
    journal.keep_digest(name, 10, LONG_AGO_NS, "sha")
    journal.sessions.add("s1", [ItemEntry(name, name), ItemEntry("/other", "other")])
    journal.sessions.done("s1", [name])
    journal.sessions.arrange("s1", ["/other", name])

    assert journal.digest(name, 10, LONG_AGO_NS) == "sha"
    assert items(journal) == [("/other", "other", False), (name, name, True)]
    assert journal.trouble == ""


def test_what_is_kept_on_disk_is_there_for_the_next_journal(folder, opened):
    one = opened(folder)
    one.keep_result("a", "measured", "{}", b"one")
    one.uploads("me").sent("sha", "u1")
    one.close()
    other = opened(folder)

    assert other.result("a", "measured", "{}") == b"one"
    assert other.uploads("me").get("sha").arrived
    assert (folder / "journal.db").stat().st_mode & 0o777 == 0o600
    assert folder.stat().st_mode & 0o777 == 0o700


def test_a_journal_in_memory_leaves_nothing_on_disk_and_nothing_to_the_next(opened, folder):
    opened(None).keep_result("a", "measured", "{}", b"one")

    assert opened(None).result("a", "measured", "{}") is None
    assert not opened(None).on_disk
    assert opened(None).trouble == ""
    assert not folder.exists()


def test_a_closed_journal_finds_nothing_and_takes_everything(journal):
    journal.keep_result("a", "measured", "{}", b"one")
    begin(journal)
    journal.close()
    journal.close()
    journal.keep_result("b", "measured", "{}", b"two")
    begin(journal)
    journal.sessions.add("s1", [ItemEntry("/a", "A")])

    assert journal.result("a", "measured", "{}") is None
    assert journal.sessions.find() == []
    assert journal.cards("me").get("mark") == CardEntry()
    assert journal.claim("me", "x", "1")
    journal.unclaim("me", "x", "1")


def test_what_was_not_touched_for_half_a_year_is_gone(folder, opened, monkeypatch):
    begun, now = time.time(), [time.time() - 181 * DAY_S]
    monkeypatch.setattr(time, "time", lambda: now[0])
    journal = opened(folder)
    for age in ("old", "new"):
        journal.keep_digest(f"/{age}", 10, 1, "sha")
        journal.keep_result(age, "stage", "{}", b"value")
        journal.uploads("me").sent(age, "u1")
        journal.cards("me").put(age, CardEntry("c1"))
        begin(journal, age, age)
        journal.sessions.add(age, [ItemEntry("/a", "A")])
        now[0] = begun
    journal.close()
    journal = opened(folder)

    for age, there in (("old", False), ("new", True)):
        assert (journal.digest(f"/{age}", 10, 1) is not None) == there
        assert (journal.result(age, "stage", "{}") is not None) == there
        assert (journal.uploads("me").get(age) is not None) == there
        assert (journal.cards("me").get(age) != CardEntry()) == there
    assert [entry.session_id for entry in journal.sessions.find()] == ["new"]
    with sqlite3.connect(folder / "journal.db") as connection:
        rows = connection.execute("SELECT session FROM item").fetchall()
    connection.close()
    assert rows == [("new",)]


def test_all_who_share_a_folder_have_one_journal_and_the_last_one_closes_it(folder):
    one, two, other = Journal.shared(folder), Journal.shared(folder), Journal.shared(None)
    assert one is two is not other
    one.keep_result("a", "s", "{}", b"one")
    one.release()
    assert two.result("a", "s", "{}") == b"one"
    two.release()
    assert two.result("a", "s", "{}") is None
    three = Journal.shared(folder)
    assert three is not one
    assert three.result("a", "s", "{}") == b"one"
    three.release()
    other.release()

    assert folder not in Journal._shared


def test_a_journal_that_is_released_more_often_than_it_was_shared_takes_no_other_along(folder):
    one = Journal.shared(folder)
    one.release()
    two = Journal.shared(folder)
    one.release()

    assert Journal.shared(folder) is two
    two.release()
    two.release()
    assert folder not in Journal._shared
