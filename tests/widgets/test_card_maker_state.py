"""The card maker's state, without a widget, a thread or a service."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from xml.etree import ElementTree

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from yotokit.errors import (
    CardConflictError,
    LimitError,
    LoginRequiredError,
    NothingToPublishError,
    SettingError,
    TransportError,
)
from yotokit.session import Limits, SavedSession
from yotokit.widgets.app import moves
from yotokit.widgets.app.choices import NEW, Wish, card_labels
from yotokit.widgets.app.painting import paint
from yotokit.widgets.app.state import Account, Line, Offers, Source, State, Step
from yotokit.widgets.app.words import in_words
from yotokit.yoto import Card

FILES = Source("12 files in /music", "/music", 12, "Music")
MORE = Source("3 files in /more", "/more", 3, "More")


def account(name="an account", *, is_own=False):
    client = object()
    return Account(name, client, lambda: None, is_own=is_own)


def session(title="Night"):
    return SimpleNamespace(title=title)


def at_card():
    state = moves.began(State(), Step.ACCOUNT, "…")
    state = moves.entered(state, state.turn, account())
    return moves.onward(moves.chose(state, FILES))


def at_work():
    state = moves.began(at_card(), Step.CARD, "…")
    return moves.started(state, state.turn, session(), (FILES,))


RARELY = st.integers(0, 4).map(lambda number: number == 4)


class Clicks(RuleBasedStateMachine):
    """Everything that may happen, in any order, as often as it likes, late answers included."""

    def __init__(self):
        super().__init__()
        self.state = State()
        self.held = []
        self.dropped = []
        self.turns = [0]

    def go(self, move, *arguments, **options):
        before = self.state
        self.state = move(before, *arguments, **options)
        self.turns.append(self.state.turn)
        self.dropped += moves.left_behind(before, self.state)
        return self.state is not before

    def give(self, move, turn, thing, *more):
        """Have an answer arrive: it is held, or its giver has to let go of it."""
        before = self.state
        if not self.go(move, turn, thing, *more):
            return
        assert moves.is_awaited(before, turn)
        assert move is not moves.entered or before.step is Step.ACCOUNT
        if not any(thing is one for one in self.held):
            self.held.append(thing)

    def turn(self, is_late):
        """Return the turn that is waited for, or one of those before."""
        return self.turns[-3] if is_late and len(self.turns) > 3 else self.state.turn

    @rule(step=st.sampled_from([None, None, *Step]), signs_in=st.booleans())
    def begin(self, step, signs_in):
        step = step or self.state.step
        signs_in = signs_in and step is Step.ACCOUNT
        self.go(moves.began, step, "" if signs_in else "Working…", signing_in=signs_in)

    @rule(is_late=RARELY)
    def fail(self, is_late):
        self.go(moves.failed, self.turn(is_late), "It did not work.")

    @rule(is_late=RARELY, is_own=st.booleans())
    def enter(self, is_late, is_own):
        self.give(moves.entered, self.turn(is_late), account(is_own=is_own))

    @rule(is_late=RARELY, source=st.sampled_from([FILES, MORE]), by_errand=st.booleans())
    def choose(self, is_late, source, by_errand):
        self.go(moves.chose, source, self.turn(is_late) if by_errand else None)

    @rule(is_late=RARELY, same=st.booleans())
    def start(self, is_late, same):
        made = self.state.session if same and self.state.session is not None else session()
        self.give(moves.started, self.turn(is_late), made, self.state.sources)

    @rule(move=st.sampled_from([moves.onward, moves.onward, moves.cleared, moves.turned]))
    def click(self, move):
        self.go(move)

    @rule()
    def go_ahead(self):
        """Do what leads on, as most people do most of the time."""
        state = self.state
        if state.doing or state.signing_in:
            if state.step is Step.ACCOUNT:
                self.enter(False, state.signing_in)
            else:
                self.start(False, True)
        elif state.step is Step.FILES and not state.sources:
            self.choose(False, FILES, False)
        elif state.step is Step.FILES and state.session is None:
            self.click(moves.onward)
        elif state.step is Step.WORK and state.report is None:
            self.report("report", False)
        else:
            self.begin(None, False)

    @rule(really=RARELY, step=st.sampled_from(Step))
    def back(self, really, step):
        if not really:
            return
        ends = self.state.session is not None and step is not Step.FILES
        self.go(moves.back, step, FILES if ends else None, "card" if ends else "")

    @rule()
    def add_files(self):
        if self.state.session is not None:
            self.go(moves.back, Step.FILES)

    @rule(really=RARELY)
    def make_another(self, really):
        if really:
            self.go(moves.again)

    @rule(report=st.sampled_from([None, "report", "another"]), late=st.booleans())
    def report(self, report, late):
        told = session() if late else self.state.session
        if told is not None:
            self.go(moves.reported, told, report)

    @rule(late=RARELY)
    def know(self, late):
        self.go(moves.offered, account() if late else self.state.account or account(), Offers())

    @rule(really=RARELY, late=st.booleans())
    def sign_out(self, really, late):
        if not really:
            return
        client = object() if late or self.state.account is None else self.state.account.client
        self.go(moves.left, client, "You have signed out.")

    @rule(really=RARELY)
    def close(self, really):
        if really and len(self.turns) > 15:
            self.go(moves.closed)

    @invariant()
    def every_step_has_what_it_needs(self):
        state = self.state
        assert state.step is not Step.RESULT
        if state.step is not Step.ACCOUNT:
            assert state.account is not None
        if state.step is Step.CARD:
            assert state.sources
        assert state.step is not Step.WORK or state.session is not None
        if state.session is not None:
            assert state.account is not None
            assert state.step in (Step.FILES, Step.WORK)
        assert state.report is None or state.session is not None
        assert state.shows_work or state.report is not None
        assert not (state.doing and state.signing_in)
        assert not state.signing_in or state.step is Step.ACCOUNT
        assert not state.is_closed or (state.account, state.session, state.doing) == (
            None,
            None,
            "",
        )

    @invariant()
    def everything_that_was_held_is_held_still_or_was_dropped_once(self):
        now = [one for one in (self.state.session, self.state.account) if one is not None]
        for one in self.held:
            holders = [o for o in now if o is one], [o for o in self.dropped if o is one]
            assert sum(map(len, holders)) == 1

    @invariant()
    def it_can_be_painted_and_there_is_always_a_way(self):
        state = self.state
        painting = paint(_shown(state))
        for step in painting.steps.values():
            for piece in filter(None, (step.head, step.trouble, step.doing)):
                ElementTree.fromstring(piece)
        if state.is_closed:
            return
        shown = [step for step, told in painting.steps.items() if told.is_open]
        assert shown or state.report is not None
        ways = [step for step, told in painting.steps.items() if told.change]
        for step in ways:
            moved = moves.turned(state) if step is Step.WORK else moves.back(state, step, FILES)
            assert moved is not state
        assert painting.is_free or painting.asks or state.doing


def _shown(state):
    """Give a report what a painting reads of one."""
    if state.report is None:
        return state
    return replace(state, report=SimpleNamespace(written=True))


TestClicks = Clicks.TestCase
TestClicks.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)


def test_a_late_answer_is_not_taken():
    asked = moves.began(State(), Step.ACCOUNT, "Starting…")
    given_up = moves.failed(asked, asked.turn, "")
    again = moves.began(given_up, Step.ACCOUNT, "Starting…")

    assert moves.entered(given_up, asked.turn, account()) is given_up
    assert moves.entered(again, asked.turn, account()) is again
    assert moves.entered(again, again.turn, account()).step is Step.FILES
    working = moves.began(at_card(), Step.CARD, "…")
    gone_back = moves.back(working, Step.FILES)
    assert moves.started(gone_back, working.turn, session()) is gone_back
    assert moves.started(gone_back, gone_back.turn, session()) is gone_back
    assert moves.chose(gone_back, MORE, working.turn) is gone_back
    assert moves.failed(gone_back, working.turn, "late") is gone_back


def test_going_back_to_the_files_lets_the_work_go_on_and_to_the_card_ends_it():
    state = at_work()
    adding = moves.back(state, Step.FILES)
    changing = moves.back(state, Step.CARD, FILES, "card1")

    assert adding.session is state.session
    assert moves.onward(adding).step is Step.WORK
    assert changing.session is None
    assert (changing.sources, changing.card_id) == ((FILES,), "card1")
    assert moves.left_behind(state, changing) == (state.session,)


def test_files_that_came_while_others_were_submitted_stay_chosen():
    state = moves.began(at_card(), Step.CARD, "…")
    state = moves.chose(state, MORE)
    state = moves.started(state, state.turn, session(), (FILES,))

    assert state.sources == (MORE,)
    assert "3 files more" in paint(state).steps[Step.FILES].head


def test_the_same_folder_is_chosen_once_with_what_it_holds_now():
    state = moves.chose(moves.chose(at_card(), MORE), Source("13 files", "/music", 13))

    assert [source.count for source in state.sources] == [3, 13]


def test_a_finished_card_hides_the_work_until_it_is_asked_for():
    state = moves.reported(at_work(), None, None)
    assert state.shows_work
    state = at_work()
    done = moves.reported(state, state.session, "report")

    assert not done.shows_work
    assert moves.turned(done).shows_work
    assert moves.reported(moves.turned(done), state.session, "newer").shows_work is False
    assert moves.again(done).round == 1


def test_the_page_says_where_a_person_is_in_words():
    painting = paint(at_work(), TransportError("POST https://…: refused"))
    heads = {
        step: "".join(ElementTree.fromstring(told.head).itertext())
        for step, told in painting.steps.items()
    }

    assert "(done)" in heads[Step.ACCOUNT]
    assert "“Night”" in heads[Step.CARD]
    assert "(done)" not in heads[Step.WORK]
    assert painting.steps[Step.FILES].change == "Add files"
    assert painting.steps[Step.CARD].change == "Stop, and change the card"
    assert 'role="alert"' in painting.steps[Step.WORK].trouble
    assert "Yoto cannot be reached" in painting.steps[Step.WORK].trouble
    assert "refused" not in painting.steps[Step.WORK].trouble


def test_titles_and_names_are_shown_as_text():
    hostile = '<img src=x onerror="alert(1)">'
    saved = SavedSession(hostile, "me", "", ("/a.mp3",), 0, None)
    state = moves.offered(at_card(), None, Offers())
    state = moves.chose(state, Source(hostile, "/x", 1, hostile))
    offers = Offers((Card(hostile, card_id="abc"),), (saved,), hostile)
    painting = paint(moves.offered(state, state.account, offers))

    assert "<img" not in painting.chosen + painting.cards_trouble
    assert "&lt;img" in painting.chosen


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (LoginRequiredError("no token"), "sign in again"),
        (CardConflictError("pass card='x'"), "choose that one, or a new title"),
        (NothingToPublishError("none of 2 files\n  a: bad", None), "none of 2 files   a: bad"),
        (ZeroDivisionError("oops"), "This did not work, and should have: ZeroDivisionError"),
        (OSError(28, "No space left on device"), "No space left on device"),
        (SettingError("\udcff"), "?"),
    ],
)
def test_errors_are_told_in_words_that_can_be_shown(error, words):
    told = in_words(error)

    assert words in told
    told.encode()


CARDS = (Card("Night", card_id="n1"), Card("Day", card_id="d1"))


def test_a_new_card_does_not_take_the_place_of_one_of_the_same_title():
    with pytest.raises(SettingError, match="has a card “night” already"):
        Wish(title=" night ").arguments(CARDS, "")
    with pytest.raises(SettingError, match="write a title"):
        Wish(title="  ").arguments(CARDS, "")

    assert Wish().arguments(CARDS, "Music")["title"] == "Music"
    assert Wish(title="Dusk").arguments(CARDS, "Music")["title"] == "Dusk"


def test_a_card_that_this_page_wrote_may_be_written_again_and_be_renamed():
    same = Wish(title="Night").arguments(CARDS, "", "n1")
    renamed = Wish(title="Good night").arguments(CARDS, "", "n1")

    assert "card" not in same
    assert (renamed["card"], renamed["existing"]) == ("n1", "replace")


def test_a_card_that_is_there_keeps_its_title_unless_another_is_written():
    added = Wish(card_id="d1", normalize="album", target_lufs=-18.0).arguments(CARDS, "Music")

    assert (added["card"], added["existing"], added["title"]) == ("d1", "keep", "Day")
    assert (added["normalize"], added["target"].lufs) == ("album", -18.0)
    assert Wish(title="Noon", card_id="d1").arguments(CARDS, "")["title"] == "Noon"
    assert [value for _, value in card_labels(CARDS)] == [NEW, "d1", "n1"]


def test_a_card_that_would_hold_too_much_is_told_without_words_for_code(tmp_path):
    with pytest.raises(LimitError) as refused:
        Limits().check_count(99, [tmp_path / "a.mp3", tmp_path / "b.mp3"])

    assert "limits=" in str(refused.value)
    told = in_words(refused.value)
    assert told.endswith("Submit fewer, make a second card")


def test_files_of_a_given_up_card_are_a_choice_like_any_other():
    given_up = Source("2 files", (Line("/a.mp3", "A"), Line("/b.mp3")), 2, "Night")
    state = moves.back(at_work(), Step.ACCOUNT, given_up)

    assert state.step is Step.ACCOUNT
    assert moves.onward(moves.onward(state)).step is Step.CARD
