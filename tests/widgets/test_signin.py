"""The sign-in view against the emulator's sign-in service, over real sockets, without a kernel."""

from __future__ import annotations

import asyncio
import html
import json
import logging
import re
import socket
import threading
import time
from urllib.parse import parse_qs, urlsplit
from xml.etree import ElementTree

import httpx
import ipywidgets
import pytest
from contract.showing import assert_hidden, log_texts
from contract.signing import bring, ends_at, visit

import yotokit as yk
from yotokit.emulator import Fault
from yotokit.emulator.grants import SCOPES, Client
from yotokit.errors import LoginRequiredError, ServerError
from yotokit.widgets.signing import Stand, link_html, stand_html


@pytest.fixture(autouse=True)
def no_keyring(monkeypatch):
    """A developer's own keyring is no place for tests, nor their application."""
    monkeypatch.setattr("yotokit.yoto.signin.vault._keyring", lambda: None)
    for name in ("YOTOKIT_CLIENT_ID", "YOTOKIT_REDIRECT_URI", "JUPYTERHUB_USER", "SSH_CONNECTION"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def service(witness, redirect_uri):
    clients = [
        Client("notebook", (redirect_uri,)),
        Client("short", (redirect_uri,), SCOPES - {"offline_access"}),
    ]
    with yk.YotoEmulator(consent="allow", clients=clients) as emulator:
        yield emulator


@pytest.fixture
def view_of(service, redirect_uri):
    """Return a function that makes views; all are closed at the end, and their clients."""
    views = []

    def make(**settings):
        told = {"client_id": "notebook", "redirect_uri": redirect_uri} | settings
        views.append(yk.SignInView(api_url=service.url, auth_url=service.url, **told))
        return views[-1]

    yield make
    for view in views:
        view.close()
        if view.client is not None:
            view.client.close()


@pytest.fixture
def sent(monkeypatch):
    """Return all that widgets send to the browsers."""
    messages = []
    send = ipywidgets.Widget._send

    def watched(self, msg, buffers=None):
        messages.append(repr(msg))
        send(self, msg, buffers)

    monkeypatch.setattr(ipywidgets.Widget, "_send", watched)
    return messages


def settle(condition, within_s=10.0):
    end = time.monotonic() + within_s
    while not condition() and time.monotonic() < end:
        time.sleep(0.01)
    assert condition()


def words(view):
    shown = f"{view._stand.value} {view._link.value}"
    return html.unescape(re.sub(r"<style>.*?</style>|<[^>]+>", "", shown, flags=re.DOTALL))


def link(view, *, other_than=""):
    """Return the link that is shown, once there is one."""
    found = re.compile(r'<a [^>]*href="([^"]+)"')

    def shown():
        match = found.search(view._link.value)
        return html.unescape(match[1]) if match else ""

    settle(lambda: shown() not in {"", other_than})
    return shown()


def type_in(view, text):
    """Do what a browser does when somebody leaves the field, or presses Enter."""
    view._field.set_state({"value": text})


def is_shown(widget):
    return widget.layout.display != "none"


def states():
    return json.dumps(
        [widget.get_state() for widget in ipywidgets.widgets.widget._instances.values()],
        default=repr,
    )


def test_a_person_opens_the_link_and_the_view_has_a_client(view_of, service):
    view = view_of()
    url = link(view)
    assert not is_shown(view._again)
    assert "Signed in" in visit(url).text
    yoto = view.wait(10.0)

    assert yoto.cards() == ()
    assert view.client is yoto
    settle(lambda: f"Signed in as {yoto.account}" in words(view))
    assert service.grants.subject in words(view)
    assert not is_shown(view._pasting)
    assert "SignInView(signed in)" in repr(view)


def test_the_link_opens_elsewhere_and_is_told_from_its_surroundings(view_of):
    view = view_of()
    url = link(view)
    page = ElementTree.fromstring(view._link.value)
    anchor = page.find(".//a")

    assert anchor.attrib["href"] == url
    assert anchor.attrib["target"] == "_blank"
    assert anchor.attrib["rel"] == "noopener"
    assert anchor.text == "Sign in to Yoto"
    assert ElementTree.fromstring(view._stand.value).find("div").attrib["role"] == "status"
    assert view._field.description == "Address"


def test_the_code_for_a_phone_holds_the_link_and_is_dark_on_white(view_of):
    import segno

    view = view_of()
    url = link(view)
    picture = ElementTree.fromstring(view._link.value).find(".//div[@role='img']")
    white, black = picture.findall(".//{*}path")

    assert "QR code" in picture.attrib["aria-label"]
    assert white.attrib["fill"] == "#fff"
    assert black.attrib["stroke"] == "#000"
    matrix = [list(map(bool, row)) for row in segno.make(url, error="l", micro=False).matrix]
    assert drawn(black.attrib["d"], len(matrix), border=4) == matrix
    assert f"h{len(matrix) + 8}v{len(matrix) + 8}h-" in white.attrib["d"]


def drawn(path, size, border):
    """Return which modules lines of a path make dark."""
    modules = [[False] * size for _ in range(size)]
    x = y = 0.0
    for command, told in re.findall(r"([Mmh])([^Mmhz]*)", path):
        numbers = [float(number) for number in told.split()]
        if command == "h":
            for column in range(int(x), int(x + numbers[0])):
                modules[int(y) - border][column - border] = True
            x += numbers[0]
        else:
            x = numbers[0] + (x if command == "m" else 0.0)
            y = numbers[1] + (y if command == "m" else 0.0)
    return modules


def test_who_signed_in_once_is_not_asked_again(view_of):
    first = view_of()
    visit(link(first))
    first.wait(10.0)
    again = view_of()

    assert again.wait(10.0).cards() == ()
    assert again._link.value == ""


def test_a_token_of_the_surroundings_asks_nobody(service, monkeypatch):
    monkeypatch.setenv("YOTOKIT_TOKEN", service.token)
    view = yk.SignInView(api_url=service.url)
    with view.wait(10.0) as yoto:
        assert yoto.cards() == ()
    settle(lambda: "Signed in as" in words(view))
    assert not is_shown(view._leave)  # nothing on this machine could be removed
    view.close()


def test_where_the_browser_is_elsewhere_its_last_address_is_pasted(view_of, monkeypatch):
    monkeypatch.setenv("JUPYTERHUB_USER", "anna")
    view = view_of()
    url = link(view)
    assert "does not load: that is expected" in words(view)
    settle(lambda: is_shown(view._pasting))
    type_in(view, ends_at(url))

    assert view._field.value == ""
    assert view.wait(10.0).cards() == ()


def test_pasting_works_too_where_the_browser_could_come_back(view_of):
    view = view_of()
    type_in(view, ends_at(link(view)))

    assert view.wait(10.0).cards() == ()


@pytest.mark.parametrize("text", ["hello there", "http://127.0.0.1:1/callback", "http://[::1"])
def test_what_is_no_answer_is_told_and_the_right_one_still_counts(view_of, text):
    view = view_of(paste=True)
    url = link(view)
    type_in(view, text)
    settle(lambda: "address" in words(view) and "Nobody has signed in yet" in words(view))
    assert link(view) == url
    type_in(view, ends_at(url))

    assert view.wait(10.0).cards() == ()


def test_the_answer_to_another_sign_in_is_refused(view_of):
    view, other = view_of(paste=True), view_of(paste=True)
    type_in(view, ends_at(link(other)))

    settle(lambda: "That is the answer to another sign-in" in words(view))
    assert view.client is None


def test_who_says_no_is_told_and_may_try_again(view_of, service):
    service.consent = "deny"
    view = view_of()
    refused = link(view)
    assert visit(refused).status_code == 400
    settle(lambda: "sign-in was refused (access_denied" in words(view))
    service.consent = "allow"
    visit(link(view, other_than=refused))

    assert view.wait(10.0).cards() == ()


def test_a_service_that_does_not_take_the_code_is_told_and_may_be_asked_again(
    view_of, service, monkeypatch
):
    monkeypatch.setattr("yotokit.yoto.http.retry._backoff", lambda state: 0.01)
    fault = Fault("POST", "/oauth/token", status=500, times=99)
    service.faults.append(fault)
    view = view_of(paste=True)
    type_in(view, ends_at(link(view)))
    settle(lambda: "500" in words(view) and view._signing.stand.phase == "asking")
    fault.times = 0
    type_in(view, ends_at(link(view)))

    assert view.wait(10.0).cards() == ()


def test_pasting_returns_before_the_service_has_answered(view_of, service):
    view = view_of(paste=True)
    url = link(view)
    service.faults.append(Fault("POST", "/oauth/token", delay_s=1.0))
    type_in(view, ends_at(url))

    assert view._signing.stand.phase == "checking"
    assert not view._signing.outcome.done()
    assert view.wait(10.0).cards() == ()


@pytest.mark.parametrize("paste", [False, True])
def test_who_may_not_stay_signed_in_is_told_what_that_means(view_of, paste):
    view = view_of(client_id="short", paste=paste)
    first = link(view)
    if paste:
        type_in(view, ends_at(first))
        settle(lambda: "Open the link once more" in words(view))
        type_in(view, ends_at(link(view, other_than=first)))
    else:
        visit(first)
    view.wait(10.0)

    settle(lambda: "8 to 24 hours" in words(view))


def test_without_an_application_it_is_said_how_to_get_one_and_may_be_tried_again(
    service, redirect_uri, monkeypatch
):
    view = yk.SignInView(api_url=service.url, auth_url=service.url, redirect_uri=redirect_uri)
    with pytest.raises(LoginRequiredError, match=r"dashboard\.yoto\.dev"):
        view.wait(10.0)
    settle(lambda: "dashboard.yoto.dev" in words(view) and is_shown(view._again))

    monkeypatch.setenv("YOTOKIT_CLIENT_ID", "notebook")
    view._again.click()
    visit(link(view))
    view.wait(10.0).close()
    view.close()


def test_a_service_out_of_reach_is_said_and_nothing_is_lost(view_of, service, monkeypatch):
    monkeypatch.setattr("yotokit.yoto.http.retry._backoff", lambda state: 0.01)
    first = view_of()
    visit(link(first))
    first.wait(10.0)
    monkeypatch.setattr("yotokit.yoto.signin.tokens.Tokens.expires_soon", property(lambda _: True))
    fault = Fault("POST", "/oauth/token", status=503, times=99)
    service.faults.append(fault)
    again = view_of()
    with pytest.raises(ServerError):
        again.wait(20.0)
    fault.times = 0
    settle(lambda: is_shown(again._again))
    again._again.click()

    assert again.wait(10.0).cards() == ()


def test_closing_frees_the_port_and_ends_the_waiting(view_of, redirect_uri):
    view = view_of()
    link(view)
    failed = []

    def wait():
        try:
            view.wait()
        except LoginRequiredError as error:
            failed.append(str(error))

    waiting = threading.Thread(target=wait)
    waiting.start()
    view.close()
    waiting.join(10.0)
    with socket.create_server(("127.0.0.1", urlsplit(redirect_uri).port)):
        pass

    assert failed == ["the view was closed before anybody signed in"]
    settle(lambda: "This view is closed" in words(view))
    assert view._link.value == ""
    assert not is_shown(view._pasting)
    settle(lambda: not [t for t in threading.enumerate() if t.name.startswith("yotokit-sign")])


def test_a_cell_that_is_run_again_gets_the_port_of_the_view_before(view_of):
    first = view_of()
    link(first)
    second = view_of()
    url = link(second)
    settle(lambda: "Another view has been opened" in words(first))
    assert "Signed in" in visit(url).text

    assert second.wait(10.0).cards() == ()
    assert first.client is None
    first._again.click()
    assert first.wait(10.0).cards() == ()  # what the second one left is found


def test_a_port_that_another_program_has_is_said_and_pasting_is_left(view_of, redirect_uri):
    with socket.create_server(("127.0.0.1", urlsplit(redirect_uri).port)):
        view = view_of()
        url = link(view)
        assert "the port cannot be used" in words(view)
        assert "does not load: that is expected" in words(view)
        type_in(view, ends_at(url))
        assert view.wait(10.0).cards() == ()


def test_nobody_in_time_is_an_error_and_the_view_goes_on(view_of):
    view = view_of()
    url = link(view)
    with pytest.raises(LoginRequiredError, match=r"within 0 s"):
        view.wait(0.01)
    visit(url)

    assert view.wait(10.0).cards() == ()


def test_a_cell_may_await_it_and_who_gives_up_waiting_ends_nothing(view_of):
    view = view_of()

    async def cell():
        url = await asyncio.to_thread(link, view)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(view.signed_in(), 0.05)
        await asyncio.to_thread(visit, url)
        return await asyncio.wait_for(view.signed_in(), 10.0)

    assert asyncio.run(cell()) is view.client


def test_who_asks_to_be_told_is_told_early_or_late_and_one_that_fails_harms_nobody(view_of, caplog):
    view, told = view_of(), []
    view.on_signed_in(lambda yoto: 1 / 0)
    view.on_signed_in(told.append)
    visit(link(view))
    yoto = view.wait(10.0)
    settle(lambda: told == [yoto])
    view.on_signed_in(told.append)

    assert told == [yoto, yoto]
    assert "ZeroDivisionError" in caplog.text


def test_signing_out_is_asked_once_more_and_removes_the_tokens(view_of, tmp_path):
    view, left = view_of(state_dir=tmp_path), []
    view.on_signed_out(left.append)
    visit(link(view))
    yoto = view.wait(10.0)
    assert list(tmp_path.rglob("*.json"))

    settle(lambda: is_shown(view._leave))
    view._leave.click()
    settle(lambda: is_shown(view._really) and not is_shown(view._leave))
    view._stay.click()
    settle(lambda: is_shown(view._leave) and not is_shown(view._really))
    assert view.client is yoto
    view._leave.click()
    settle(lambda: is_shown(view._really))
    view._really.click()
    url = link(view)

    assert "You have signed out" in words(view)
    assert (view.client, left) == (None, [yoto])
    assert not list(tmp_path.rglob("*.json"))
    visit(url)
    assert view.wait(10.0).cards() == ()
    settle(lambda: not is_shown(view._really) and is_shown(view._leave))


@pytest.mark.parametrize("way", ["browser", "paste", "fails"])
def test_no_secret_is_in_a_widget_a_message_a_log_or_what_is_saved(  # noqa: PLR0917 - fixtures
    view_of, service, witness, caplog, monkeypatch, sent, way
):
    monkeypatch.setattr("yotokit.yoto.http.retry._backoff", lambda state: 0.01)
    view = view_of(paste=way != "browser", token=None)
    url = link(view)
    verifier = view._signing._sign_in._verifier
    seen = [repr(view), repr(view._signing), str(view._repr_mimebundle_())]
    address = ends_at(url)  # by httpx, in the browser's part: it may log what it likes
    code = parse_qs(urlsplit(address).query)["code"][0]
    for name in ("", "yotokit", "httpx", "httpcore"):
        caplog.set_level(logging.DEBUG, logger=name)
    caplog.clear()
    if way == "browser":
        bring(address)
    if way == "fails":
        fault = Fault("POST", "/oauth/token", status=500, times=99)
        service.faults.append(fault)
        type_in(view, address)
        settle(lambda: "500" in words(view))
        fault.times = 0
    if way != "browser":
        type_in(view, address)
    yoto = view.wait(10.0)
    yoto.cards()
    settle(lambda: "Signed in as" in words(view))
    seen += [repr(view), repr(view._signing), str(view._repr_mimebundle_()), repr(vars(view))]

    secrets = witness.secrets | {str(verifier), code}
    assert len(secrets) > 4
    assert "signed in" in seen[3]
    assert_hidden(secrets, {"states": states(), "seen": "\n".join(seen)})
    assert_hidden(secrets, {"messages": "\n".join(sent)})
    assert_hidden(secrets, log_texts(caplog.records))
    assert url not in states()


def test_a_view_saved_with_its_notebook_says_what_it_was(view_of):
    view = view_of()
    url = link(view)
    bundle = view._repr_mimebundle_()

    assert "application/vnd.jupyter.widget-view+json" in bundle
    assert bundle["text/plain"] == "SignInView(nobody has signed in)"
    assert url not in str(bundle)


@pytest.mark.parametrize(
    "phase", ["looking", "asking", "checking", "signed in", "leaving", "failed", "closed"]
)
def test_what_is_said_is_well_formed_and_escaped(phase):
    stand = Stand(phase, "https://h/a?b=1&c=<2>", True, "<b>no</b> & more", "h/<i>anna</i>")

    ElementTree.fromstring(stand_html(stand))
    ElementTree.fromstring(link_html(stand))
    assert "<b>" not in stand_html(stand)
    assert "<i>" not in stand_html(stand)
    assert httpx.URL("https://h/a?b=1&c=<2>")
