"""The card maker's whole way, on the emulator, by its buttons and without a kernel."""

from __future__ import annotations

import html
import random
import re
import threading

import httpx
import ipywidgets
import pytest
from sound import write_tone
from widgets.looking import html_of, settle, text_of

import yotokit as yk
from yotokit.errors import TokenStoreError, TransportError
from yotokit.ties.app import CardMaker
from yotokit.widgets.app import CardMaker as Page
from yotokit.widgets.app.desk import Desk
from yotokit.widgets.app.state import Account, Step
from yotokit.widgets.making import dropdown, offer
from yotokit.yoto import Card


def shown(widget):
    """Return the widgets that are to be seen."""
    if widget.layout.display == "none":
        return []
    inner = [one for child in getattr(widget, "children", ()) for one in shown(child)]
    return [widget, *inner]


class Person:
    """Somebody at the page, who sees what is shown and presses what can be pressed."""

    def __init__(self, page):
        self.page = page

    @property
    def state(self):
        return self.page._conductor.state

    def button(self, name):
        seen = [w for w in shown(self.page.widget) if isinstance(w, ipywidgets.Button)]
        return next((b for b in seen if b.description == name and not b.disabled), None)

    def press(self, name):
        settle(lambda: self.button(name) is not None, 30.0)
        self.button(name).click()

    def choose(self, label, value):
        def fields():
            seen = shown(self.page.widget)
            return [w for w in seen if getattr(w, "description", "") == label]

        settle(lambda: len(fields()) == 1)
        fields()[0].value = value

    def sees(self, *words, within_s=30.0):
        def is_shown():
            pieces = [w.value for w in shown(self.page.widget) if isinstance(w, ipywidgets.HTML)]
            text = text_of(" ".join(pieces))
            return all(word in text for word in words)

        settle(is_shown, within_s)

    def enter(self):
        self.press("Try it without an account")
        self.sees("Nothing is chosen yet")
        settle(lambda: self.state.offers is not None)

    def take(self, folder):
        self.page._chooser.go(str(folder))
        self.sees(str(folder))
        self.press("Take this folder")

    def start(self, folder, title):
        self.take(folder)
        self.press("Next: the card")
        self.choose("Title", title)
        self.press("Start")
        settle(lambda: self.state.session is not None)
        return self.state.session


@pytest.fixture
def open_page(threads):
    """Return a function that opens the page; all are closed at the end."""
    pages = []

    def make(**settings):
        pages.append(CardMaker(engine=threads, **settings))
        return Person(pages[-1])

    yield make
    for page in pages:
        page.close()


@pytest.fixture
def person(open_page):
    return open_page()


@pytest.fixture
def stories(tones):
    return tones(3)[0].parent


def test_from_a_folder_to_a_card_and_on_to_the_next_one(person, stories):
    person.sees("Where does the card go?", "you need no account")
    person.enter()
    session = person.start(stories, "Bedtime stories")
    person.sees("Bedtime stories", "3 files", "Keep this page open")
    person.press("Finalize")
    person.sees("Your card is written", "3 of 3 files on card", "tone 2", "See and hear it")

    (card,) = session.yoto.cards()
    assert card.title == "Bedtime stories"
    assert person.state.account.page_url.startswith("http://127.0.0.1:")
    assert person.button("Pause") is None
    person.press("Show the work")
    settle(lambda: person.button("Pause") is not None)
    person.press("Make another card")
    person.sees("Nothing is chosen yet")
    assert session.snapshot().closed
    person.take(stories)
    person.press("Next: the card")
    settle(lambda: card.card_id in str(person.page._card._card.options))
    assert person.page._card._title.value == ""


def test_the_made_up_examples_are_there_for_who_has_nothing_at_hand(person):
    person.enter()
    person.press("Use the made-up examples")
    person.sees("12 made-up examples", within_s=120.0)

    assert len(list((person.page._conductor.folder / "examples").glob("*.*"))) == 12


def test_what_goes_wrong_is_told_where_it_happened_and_can_be_tried_again(threads):
    calls = []

    def try_out():
        calls.append(1)
        raise TransportError("GET http://…: refused") if len(calls) == 1 else OSError(28, "Full")

    page = Page(try_out, engine=threads)
    person = Person(page)
    for words in ("Yoto cannot be reached", "Full"):
        person.press("Try it without an account")
        person.sees(words)
        assert 'role="alert"' in page._account._trouble.value
    page.close()


def test_a_folder_that_is_gone_is_told_at_the_card(person, tmp_path):
    folder = tmp_path / "Gone"
    folder.mkdir()
    write_tone(folder / "a.wav")
    person.enter()
    person.take(folder)
    person.press("Next: the card")
    (folder / "a.wav").unlink()
    person.press("Start")
    person.sees("holds no audio file")

    assert person.state.step is Step.CARD
    assert person.button("Start") is not None


def test_the_same_title_is_refused_and_the_card_that_is_there_can_be_added_to(
    person, stories, tmp_path
):
    person.enter()
    person.start(stories, "Night")
    person.press("Finalize")
    person.sees("Your card is written")
    (card,) = person.state.account.client.cards()
    person.press("Make another card")
    write_tone(tmp_path / "One more.wav", hertz=999.0)
    person.take(tmp_path)
    person.page._chooser._deep.value = False
    person.press("Choose none of them")
    person.press("Take this folder")
    person.press("Next: the card")
    person.choose("Title", "night")
    person.press("Start")
    person.sees("the account has a card “night” already")
    settle(lambda: card.card_id in str(person.page._card._card.options))
    person.choose("Title", "")
    person.choose("Card", card.card_id)
    settle(lambda: person.page._card._existing.layout.display != "none")
    person.press("Start")
    settle(lambda: person.state.session is not None)
    person.press("Finalize")
    person.sees("Your card is written", "One more")

    (card,) = person.state.account.client.cards()
    titles = [chapter.title for chapter in person.state.account.client.card(card.card_id).chapters]
    assert card.title == "Night"
    assert titles == ["tone 1", "tone 2", "tone 3", "One more"]


def test_files_are_added_while_the_work_goes_on(person, stories, tmp_path):
    more = tmp_path / "More"
    more.mkdir()
    write_tone(more / "Later.wav", hertz=777.0)
    person.enter()
    session = person.start(stories, "Night")
    person.press("Add files")
    person.take(more)
    person.press("Add to the card")
    settle(lambda: len(session.jobs) == 4)
    settle(lambda: person.state.step is Step.WORK)
    assert person.state.session is session
    assert person.state.sources == ()
    person.press("Add files")
    person.press("Back to the work")
    assert not session.snapshot().closed


def test_changed_settings_begin_anew_with_the_same_files_titles_and_card(person, stories):
    person.enter()
    session = person.start(stories, "Night")
    session.edit(session.jobs[0], title="First of all")
    session.move(session.jobs[2], 1)
    person.press("Finalize")
    person.sees("Your card is written")
    person.press("Change the card")
    person.sees("3 files")
    settle(lambda: session.snapshot().closed)
    person.choose("Loudness", "album")
    person.press("Start")
    settle(lambda: person.state.session not in (None, session))
    person.press("Finalize")
    person.sees("Your card is written", "album gain")

    (card,) = person.state.account.client.cards()
    chapters = person.state.account.client.card(card.card_id).chapters
    assert [chapter.title for chapter in chapters] == ["tone 3", "First of all", "tone 2"]


def test_a_card_that_was_not_written_says_why(person, tmp_path):
    folder = tmp_path / "Bad"
    folder.mkdir()
    (folder / "bad.wav").write_text("no audio at all " * 50)
    person.enter()
    person.start(folder, "Night")
    person.press("Finalize")
    person.sees("The card was not written.", "none of 1 files was done")

    assert person.state.step is Step.WORK
    assert person.button("Make another card") is None


def test_the_next_visit_offers_to_go_on(open_page, stories):
    first = open_page()
    first.enter()
    session = first.start(stories, "Half <done>")
    session.pause()
    first.page.close()
    assert session.snapshot().closed

    second = open_page()
    second.enter()
    second.sees("Go on with a card")
    ((label, title),) = second.page._files._unfinished.options
    assert (title, label[:11]) == ("Half <done>", "Half <done>")
    second.press("Go on with it")
    settle(lambda: second.state.session is not None)
    second.press("Finalize")
    second.sees("Your card is written", "3 of 3 files")
    second.press("Make another card")
    settle(lambda: second.state.offers is not None)
    settle(lambda: second.page._files._unfinished.options == ())


def test_two_pages_at_once_do_not_share_the_stand_ins_folder(open_page):
    first, second = open_page(), open_page()
    first.enter()
    second.enter()

    second.sees("what this page makes is forgotten at its end")
    assert first.state.account.page_url != second.state.account.page_url


def test_a_person_who_signs_in_gets_their_own_cards_and_may_leave(
    open_page, emulator, stories, monkeypatch
):
    monkeypatch.setattr("yotokit.yoto.signin.vault._keyring", lambda: None)
    person = open_page(sign_in=lambda: yk.SignInView(token=emulator.token, api_url=emulator.url))
    person.press("My Yoto account")
    person.sees("Nothing is chosen yet", "your Yoto account")
    client = person.state.account.client
    session = person.start(stories, "Own")
    person.press("Finalize")
    person.sees("Your card is written", "It is in the Yoto app")
    person.press("Change the account")
    person.press("Stay with your Yoto account")
    person.sees("3 files of “Own”")
    assert session.snapshot().closed
    person.page._conductor.signed_out(client)
    person.sees("You have signed out")

    assert person.state.account is None
    settle(lambda: person.page._signing is None)
    assert emulator.cards[0]["title"] == "Own"


def test_who_is_signed_in_no_more_can_sign_in_again(open_page, emulator, stories, monkeypatch):
    monkeypatch.setattr("yotokit.yoto.signin.vault._keyring", lambda: None)
    tokens = [emulator.token]
    person = open_page(sign_in=lambda: yk.SignInView(token=tokens[-1], api_url=emulator.url))
    person.press("My Yoto account")
    person.sees("Nothing is chosen yet")
    person.take(stories)
    person.press("Next: the card")
    tokens.append(emulator.expire_token())
    person.press("Start")
    person.sees("go back to step 1 and sign in again")
    person.press("Change the account")
    person.press("My Yoto account")
    person.press("Next: the card")
    person.press("Start")
    settle(lambda: person.state.session is not None)
    person.press("Finalize")
    person.sees("Your card is written")


def test_who_is_asked_again_and_gives_it_up_stays_where_they_were(
    open_page, emulator, stories, monkeypatch
):
    monkeypatch.setenv("YOTOKIT_CLIENT_ID", "emulator")
    monkeypatch.setattr("yotokit.yoto.signin.vault._keyring", lambda: None)
    views = []

    def sign_in():
        token = None if views else emulator.token
        views.append(
            yk.SignInView(token=token, api_url=emulator.url, auth_url=emulator.url, paste=True)
        )
        return views[-1]

    person = open_page(sign_in=sign_in)
    person.press("My Yoto account")
    person.sees("Nothing is chosen yet")
    client = person.state.account.client
    person.press("Change the account")
    person.press("My Yoto account")
    person.sees("Open this page and sign in")
    person.press("Not now")
    settle(lambda: person.page._signing is None)
    person.press("Stay with your Yoto account")

    assert person.state.account.client is client
    assert client.cards() == ()


def test_a_sign_out_that_may_not_have_worked_says_so(open_page, emulator, monkeypatch):
    monkeypatch.setenv("YOTOKIT_CLIENT_ID", "emulator")
    monkeypatch.setattr("yotokit.yoto.signin.vault._keyring", lambda: None)
    views = []

    def sign_in():
        views.append(yk.SignInView(api_url=emulator.url, auth_url=emulator.url, paste=True))
        return views[-1]

    def locked(_):
        raise TokenStoreError("the keyring may still hold your tokens")

    emulator.consent = "allow"
    person = open_page(sign_in=sign_in)
    person.press("My Yoto account")
    person.sees("Open this page and sign in")
    link = html.unescape(re.search(r'href="([^"]+)"', views[0]._link.value)[1])
    views[0]._field.value = httpx.get(link).headers["location"]
    person.sees("Nothing is chosen yet")
    monkeypatch.setattr("yotokit.yoto.signin.vault.Vault.clear", locked)
    person.press("Change the account")
    person.press("Sign out")
    person.press("Yes, sign out")
    person.sees("may still hold your tokens")
    settle(lambda: person.page._signing is None)
    assert "You have signed out" not in text_of(person.page._account._trouble.value)


def test_a_card_that_came_from_elsewhere_meanwhile_can_be_chosen(person, stories):
    person.enter()
    person.take(stories)
    person.press("Next: the card")
    yoto = person.state.account.client
    card = yoto.write_card(Card("Night"))
    person.choose("Title", "Night")
    person.press("Start")
    person.sees("already: choose it under “Card”")

    settle(lambda: card.card_id in str(person.page._card._card.options))


def test_the_keys_go_on_at_the_step_that_has_opened(person, stories, monkeypatch):
    landed = []
    monkeypatch.setattr(person.page._landing, "send", lambda told: landed.append(told["step"]))
    person.enter()
    person.start(stories, "Night")
    person.press("Finalize")
    person.press("Show the work")
    person.press("Hide the work")
    person.press("Make another card")
    person.sees("Nothing is chosen yet")

    settle(lambda: landed == [2, 3, 4, 5, 2])


def test_a_choice_stays_chosen_while_others_are_offered():
    box = dropdown("Card", (("new", ""), ("A", "a")))
    box.value = "a"
    offer(box, (("new", ""), ("B", "b"), ("A", "a")))
    assert box.value == "a"
    offer(box, (("new", ""), ("B", "b")))
    assert box.value == ""


def test_a_sign_in_that_was_given_up_is_not_waited_for(open_page, emulator, monkeypatch):
    monkeypatch.setenv("YOTOKIT_CLIENT_ID", "emulator")
    monkeypatch.setattr("yotokit.yoto.signin.vault._keyring", lambda: None)
    views = []

    def sign_in():
        views.append(yk.SignInView(api_url=emulator.url, auth_url=emulator.url, paste=True))
        return views[-1]

    person = open_page(sign_in=sign_in)
    for _ in range(2):
        person.press("My Yoto account")
        person.sees("Sign in")
        person.press("Not now")
    settle(lambda: person.page._signing is None)
    assert len(views) == 2
    for _ in range(2):  # faster than it is painted
        person.page._conductor.sign_in()
        settle(lambda: person.page._signing is not None)
        person.page._conductor.stop_waiting()
    person.page._conductor.sign_in()
    settle(lambda: person.page._signing_turn == person.state.turn)
    person.press("Not now")
    person.enter()


def test_the_number_of_widgets_does_not_grow_from_card_to_card(person, stories):
    person.enter()
    counts = []
    for n in range(3):
        session = person.start(stories, f"Card {n}")
        settle(lambda: person.button("Finalize") is not None)
        session.cancel()
        person.press("Stop, and change the account")
        person.press("Stay with the stand-in on this computer")
        person.press("Choose none of them")
        settle(lambda: person.page._dashboard is None)
        counts.append(len(ipywidgets.widgets.widget._instances))

    assert counts[0] == counts[1] == counts[2] < 400


def test_every_control_has_a_name_and_says_what_it_does(person, stories):
    person.enter()
    for step in person.page._steps:
        for widget in step._body.children:
            for control in shown(widget):
                if isinstance(control, ipywidgets.Button):
                    assert control.description
                    assert control.tooltip
                elif hasattr(control, "value") and not isinstance(control, ipywidgets.HTML):
                    assert control.description


def test_a_saved_page_is_words_and_no_widget_is_needed_to_read_them(person):
    bundle = person.page._repr_mimebundle_()

    assert "run this cell" in bundle["text/plain"]
    assert bundle["text/html"] == f"<p>{bundle['text/plain']}</p>"
    assert "application/vnd.jupyter.widget-view+json" in bundle


def test_clicks_from_any_thread_in_any_order_break_nothing(open_page, stories):
    person = open_page()
    page = person.page
    conductor = page._conductor
    buttons = [w for w in everything(page.widget) if isinstance(w, ipywidgets.Button)]
    gone = threading.Event()

    def press(seed):
        dice = random.Random(seed)
        for _ in range(60):
            if dice.random() < 0.2:
                page._chooser.go(str(stories))
            else:
                dice.choice(buttons).click()
            gone.wait(0.002)

    threads = [threading.Thread(target=press, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    state = conductor.state
    assert not state.is_closed
    assert state.session is None or state.account is not None
    settle(lambda: page._shown is conductor.state.session)
    assert page._painter._thread.is_alive()


def everything(widget):
    """Return a widget and all that is in it."""
    inner = [one for child in getattr(widget, "children", ()) for one in everything(child)]
    return [widget, *inner]


@pytest.mark.parametrize("moment", ["at once", "starting", "choosing", "working", "finalizing"])
def test_closing_at_any_moment_leaves_nothing(open_page, stories, moment):
    person = open_page()
    page = person.page
    if moment != "at once":
        person.press("Try it without an account")
    if moment in ("choosing", "working", "finalizing"):
        person.sees("Nothing is chosen yet")
        person.take(stories)
    if moment in ("working", "finalizing"):
        person.press("Next: the card")
        person.press("Start")
        settle(lambda: person.state.session is not None)
    if moment == "finalizing":
        person.press("Finalize")
    page.close()
    page.close()

    assert person.state.is_closed
    page._conductor.try_out()
    page._chooser.go("/")
    assert person.state.account is None
    settle(lambda: not [t for t in threading.enumerate() if t.name == "yotokit-emulator"])
    settle(lambda: not page._painter._thread.is_alive())


def test_an_account_that_arrives_after_the_end_is_let_go(threads):
    asked, arrive, let_go = (threading.Event() for _ in range(3))

    def try_out():
        asked.set()
        arrive.wait(10.0)
        return Account("late", object(), let_go.set)

    page = Page(try_out, engine=threads)
    Person(page).press("Try it without an account")
    assert asked.wait(10.0)
    page.close()
    arrive.set()

    assert let_go.wait(10.0)


def test_a_session_that_arrives_when_nobody_waits_for_it_is_closed(person, stories, monkeypatch):
    begun, arrive, made = threading.Event(), threading.Event(), []
    begin = Desk.begin

    def slow(*arguments):
        made.append(begin(*arguments))
        begun.set()
        arrive.wait(30.0)
        return made[0]

    monkeypatch.setattr(Desk, "begin", slow)
    person.enter()
    person.take(stories)
    person.press("Next: the card")
    person.press("Start")
    assert begun.wait(30.0)
    person.press("Change the files")
    arrive.set()

    settle(lambda: made[0].session.snapshot().closed)
    assert person.state.session is None
    person.sees("3 files in")


def test_the_page_is_closed_by_a_with_block(threads):
    with CardMaker(engine=threads) as page:
        assert repr(page) == "CardMaker(step 1 of 4)"
    assert page._conductor.state.is_closed
    assert html_of(page.widget)
