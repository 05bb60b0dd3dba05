"""Kernels are killed, and started again, and run two at a time: nothing is lost or done twice."""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from kernels import Nursery, Order, where
from killing import Harness
from rounds import Round, play

pytestmark = pytest.mark.timeout(400)


@pytest.fixture
def nursery(place):
    with Nursery(place.environment) as nursery:
        yield nursery


@pytest.fixture
def other(place):
    with Nursery(place.environment) as nursery:
        yield nursery


def at_once(*calls):
    """Call functions at the same time and return what each returned."""
    with ThreadPoolExecutor(len(calls)) as pool:
        return [future.result() for future in [pool.submit(*call) for call in calls]]


def test_kernels_killed_a_hundred_times_lose_nothing_and_send_nothing_twice(place):
    told = []
    report = Harness(kills=100, minutes=2.0, seed=1, tell=told.append).run(place)

    assert report.findings == [], "\n".join(told)
    assert report.kills >= 100, report
    assert report.repeated_puts == 0
    assert report.card_creates == report.rounds + 1
    # Which places a hundred kills hit is chance; that they are many is not.
    assert len(report.hits) >= 6, report
    assert report.left_behind == 0


@pytest.mark.parametrize("number", range(1, 7))
def test_two_kernels_at_once_make_one_card_and_send_nothing_twice(
    place, nursery, other, tmp_path, number
):
    one = Round(2, number, tmp_path / "files", fresh_every=0)
    order = one.order(to_the_end=True)
    for outcome in at_once((nursery.run, order), (other.run, order)):
        one.note(outcome, place)
    one.check(place)

    assert one.findings == []
    assert place.counters()["repeated_puts"] == 0
    assert place.counters()["card_creates"] == 1


@pytest.mark.parametrize("lines", [12, 20, 30, 45])
def test_a_kernel_takes_over_what_another_had_begun_when_it_was_killed(
    place, nursery, other, tmp_path, lines
):
    one = Round(3, lines, tmp_path / "files", fresh_every=0)
    survivor, victim = one.order(to_the_end=True), one.order(to_the_end=True)
    victim.kill_after_lines = lines
    for outcome in at_once((nursery.run, victim), (other.run, survivor)):
        one.note(outcome, place)
    one.check(place)

    assert one.findings == []
    assert place.counters()["repeated_puts"] == 0
    assert place.counters()["card_creates"] == 1


# What follows is about the harness: that it would notice.


def done(one, nursery, place):
    one.note(nursery.run(one.order(to_the_end=True)), place)
    cards = one.check(place)
    assert one.findings == []
    return cards


def test_a_round_is_the_same_for_the_same_seed_and_number(tmp_path):
    def drawn(seed, number, folder):
        one = Round(seed, number, tmp_path / folder)
        orders = [one.order() for _ in range(30)]
        return one.title, one.normalize, one.files, [order.kill_after_s for order in orders]

    assert drawn(1, 2, "a") == drawn(1, 2, "b")
    assert drawn(1, 3, "c") != drawn(1, 2, "d") != drawn(2, 2, "e")


def test_two_files_of_a_round_are_the_same_bytes(tmp_path):
    for number in range(5):
        one = Round(1, number, tmp_path)
        contents = [path.read_bytes() for path in (tmp_path / one.tag).iterdir()]

        assert len(set(contents)) == len(contents) - 1 == len(one.files) - 1


def test_a_kill_hits_where_it_was_aimed_at(place, nursery, tmp_path):
    one = Round(4, 1, tmp_path / "files", fresh_every=0)
    order = one.order(to_the_end=True)
    order.kill_after_lines = 2
    outcome = nursery.run(order)

    assert outcome.died
    assert 2 <= len(outcome.lines) < 40
    assert outcome.lines[:2] == ["importing", "imported"]
    fresh = Order(order.title, order.folder, order.normalize, fresh=True, kill_after_s=0.05)
    assert nursery.run(fresh).where in ("birth", "import")


def test_a_second_card_is_noticed(place, nursery, tmp_path):
    one = Round(4, 2, tmp_path / "files")
    (card,) = done(one, nursery, place)
    place.write({"title": card["title"], "content": card["content"]})
    one.check(place)

    assert one.findings == [f"2 cards of the title {one.title!r}, not one"]


@pytest.mark.parametrize("damage", ["lost", "swapped", "exchanged"])
def test_a_file_that_is_lost_or_in_the_wrong_place_is_noticed(place, nursery, tmp_path, damage):
    one = Round(4, 3, tmp_path / "files")
    (card,) = done(one, nursery, place)
    chapters = card["content"]["chapters"]
    if damage == "lost":
        chapters.pop()
    elif damage == "swapped":
        chapters[0], chapters[-1] = chapters[-1], chapters[0]
    else:
        lengths = list(one.files.values())
        first, second = 0, next(n for n in range(len(lengths)) if lengths[n] != lengths[0])
        chapters[first]["tracks"], chapters[second]["tracks"] = (
            chapters[second]["tracks"],
            chapters[first]["tracks"],
        )
    place.write({key: card[key] for key in ("cardId", "title", "content", "metadata")})
    one.check(place)

    assert len(one.findings) == 1
    assert "the card holds" in one.findings[0]


def test_bytes_that_are_sent_again_are_noticed_with_the_runs_that_did_it(place, nursery, tmp_path):
    one, stranger = Round(4, 4, tmp_path / "files"), Round(4, 5, tmp_path / "files")
    data = (tmp_path / "files" / one.tag / f"1 {one.tag} tale 1.wav").read_bytes()
    url = place.address(data, f"{one.tag} tale 1.wav")
    for _ in range(2):
        httpx.put(url, content=data)
        for each in (one, stranger):
            each.note(nursery.run(each.order(to_the_end=True)), place)

    assert stranger.findings == []
    (finding,) = one.findings
    assert f"tale 1.wav was sent again, sha256 {hashlib.sha256(data).hexdigest()}" in finding
    assert "run 1 ended" in finding
    assert "run 2 ended" in finding
    assert "without the answer of this PUT" in finding
    assert "BROKEN" in one.line(0)


def test_a_run_that_fails_is_noticed_with_what_it_told(place, nursery, tmp_path):
    one = Round(4, 6, tmp_path / "files")
    order = one.order(to_the_end=True)
    order.folder = str(tmp_path / "nowhere")
    one.note(nursery.run(order), place)

    (finding,) = one.findings
    assert "run 1 ended with status 1" in finding
    assert "nowhere" in finding


def test_a_harness_that_cannot_go_on_says_so(place, tmp_path):
    place.environment["PYTHONPATH"] = str(tmp_path)
    (tmp_path / "yotokit.py").write_text("raise SystemError('planted')\n")
    report = Harness(kills=1, lanes=1).run(place)

    assert any("the nursery ended" in finding for finding in report.findings)


def test_a_round_ends_with_runs_that_come_to_their_end(place, nursery, tmp_path):
    one = Round(4, 7, tmp_path / "files", fresh_every=0)
    play(one, nursery.run, place)

    assert [run.died for run in one.runs[-2:]] == [False, False]
    assert all(run.died for run in one.runs[:-2])
    assert one.kills == len(one.runs) - 2


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("nothing yet", "birth"),
        ("importing", "import"),
        ("imported", "start"),
        ("uploading: r1 tale 1 [session 'x', job 1]", "uploading"),
        ('HTTP Request: PUT http://127.0.0.1:1/uploads/x "HTTP/1.1 200 OK"', "upload answered"),
        ('HTTP Request: GET http://127.0.0.1:1/content/mine "HTTP/1.1 200 OK"', "card read"),
        ('HTTP Request: POST http://127.0.0.1:1/content "HTTP/1.1 200 OK"', "card written"),
        ("7 of 7 files on card i0VpE, written", "end"),
    ],
    ids=range(8),
)
def test_the_last_line_tells_where_a_kill_has_hit(line, expected):
    assert where(line) == expected
