"""Icons: the client and the emulator over real sockets."""

from __future__ import annotations

import io
import json
import os
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from PIL import Image

import yotokit as yk
from yotokit.emulator import Fault
from yotokit.errors import (
    ApiError,
    InputError,
    MissingFileError,
    NotAFileError,
    SettingError,
    UnexpectedAnswerError,
)

ICONS = "/media/displayIcons/user"
UPLOAD = f"{ICONS}/me/upload"


pytestmark = pytest.mark.usefixtures("short_pauses")


def picture(size=(16, 16), color=(200, 80, 40, 255), kind="PNG"):
    out = io.BytesIO()
    mode = "RGBA" if kind == "PNG" else "RGB"
    Image.new(mode, size, color[: len(mode)]).save(out, kind)
    return out.getvalue()


def pixels(data):
    with Image.open(io.BytesIO(data)) as image:
        assert (image.format, image.mode, image.size) == ("PNG", "RGBA", (16, 16))
        return image.tobytes()


def titles(icons):
    return [icon.title for icon in icons]


# Lists and words


def test_all_icons_are_the_accounts_own_and_then_the_services_and_are_asked_for_once(yoto, seen):
    own = yoto.icons.upload(picture())
    first, second = yoto.icons.all(), yoto.icons.all()

    assert first == second
    assert first[0] == own
    assert [icon.public for icon in first] == [False] + [True] * (len(first) - 1)
    assert [method for method, *_ in seen] == ["POST", "GET", "GET"]


def test_refreshing_shows_what_another_client_uploaded(yoto, emulator):
    before = yoto.icons.all()
    with emulator.client() as other:
        uploaded = other.icons.upload(picture())

    assert yoto.icons.all() == before
    assert uploaded.media_id in {icon.media_id for icon in yoto.icons.all(refresh=True)}


def test_eight_threads_ask_for_one_list(yoto, seen):
    with ThreadPoolExecutor(8, thread_name_prefix="test") as pool:
        lists = set(pool.map(lambda _: yoto.icons.all(), range(8)))

    assert len(lists) == 1
    assert len(seen) == 2


def test_a_list_that_failed_is_asked_for_again(yoto, emulator):
    emulator.faults.append(Fault("GET", ICONS, status=403))
    with pytest.raises(ApiError):
        yoto.icons.all()

    assert yoto.icons.all()


def test_icons_are_found_by_words_and_suggested_by_titles(yoto):
    assert titles(yoto.icons.find("PIRATES sea")) == ["boat"]
    assert yoto.icons.suggest("The Owl and the Pussycat").title == "owl"
    assert yoto.icons.suggest("Chapter 3") is None


@pytest.mark.parametrize(
    "entry",
    [None, 5, [], {}, {"mediaId": 5}, {"mediaId": ""}, {"mediaId": "a b"}, {"mediaId": "<b>"}],
)
def test_an_entry_of_no_use_is_left_out_and_the_others_stay(yoto, emulator, entry):
    usable = {"mediaId": "m" * 43, "title": 5, "publicTags": ["a", 5, None], "url": {}}
    answer = {"displayIcons": [entry, usable, usable]}
    emulator.faults.append(Fault("GET", f"{ICONS}/me", status=200, body=_json(answer)))

    own = [icon for icon in yoto.icons.all() if not icon.public]
    assert own == [yk.Icon("m" * 43, tags=("a",))]


@pytest.mark.parametrize("body", ["{}", '{"displayIcons":null}', '{"displayIcons":{}}'])
def test_a_list_that_is_none_is_a_typed_error(yoto, emulator, body):
    emulator.faults.append(Fault("GET", f"{ICONS}/yoto", status=200, body=body))
    with pytest.raises(UnexpectedAnswerError, match="displayIcons"):
        yoto.icons.all()


# Uploads


def test_an_upload_is_the_picture_as_it_is_with_its_type_and_its_name(yoto, seen, tmp_path):
    path = tmp_path / "red moon.png"
    path.write_bytes(picture(color=(1, 2, 3, 77)))
    icon = yoto.icons.upload(path)

    method, url, headers = seen[0]
    assert (method, url.path) == ("POST", UPLOAD)
    assert dict(url.params) == {"autoConvert": "false", "filename": "red moon"}
    assert headers["content-type"] == "image/png"
    assert icon.title == "red moon"
    assert icon.reference == f"yoto:#{icon.media_id}"
    assert yoto.icons.find("red moon") == (icon,)
    assert pixels(yoto.icons.picture(icon.reference)) == bytes((1, 2, 3, 77)) * 256


def test_the_same_picture_again_is_the_same_icon_with_its_address(yoto, emulator):
    first = yoto.icons.upload(picture())
    with emulator.client() as later:
        again = later.icons.upload(Image.open(io.BytesIO(picture())))

    assert again.media_id == first.media_id
    assert again.url == first.url
    assert again.url.startswith(emulator.url)
    assert emulator.counters.icon_uploads == 2
    assert len(emulator._state.pictures.own) == 1


def test_where_the_list_is_not_to_be_had_a_known_icon_has_no_address(yoto, emulator):
    yoto.icons.upload(picture())
    emulator.faults.append(Fault("GET", ICONS, status=403, times=9))
    with emulator.client() as later:
        assert later.icons.upload(picture()).url == ""


def test_an_upload_whose_answer_was_lost_is_sent_again(yoto, emulator):
    emulator.faults.append(Fault("POST", UPLOAD, lose_answer=True))

    assert yoto.icons.upload(picture()).url
    assert emulator.counters.icon_uploads == 2


def test_a_token_without_the_right_to_icons_is_a_typed_refusal(emulator):
    token = emulator.grants.mint(("user:content:view", "user:content:manage"))
    with yk.YotoClient.login(token=token, api_url=emulator.url) as yoto:
        for ask in (lambda: yoto.icons.upload(picture()), lambda: yoto.icons.number(1)):
            with pytest.raises(ApiError, match="user:icons:manage") as caught:
                ask()
            assert caught.value.status == 403
        assert yoto.icons.picture("yoto:#moon") is None


@pytest.mark.parametrize("icon", ["null", "{}", '{"mediaId":{}}', "[]"])
def test_an_upload_that_gets_no_name_is_a_typed_error(yoto, emulator, icon):
    body = f'{{"displayIcon":{icon}}}'
    emulator.faults.append(Fault("POST", UPLOAD, status=200, body=body))
    with pytest.raises(UnexpectedAnswerError, match="mediaId"):
        yoto.icons.upload(picture())


# Numbers


def test_eight_threads_upload_each_number_once(yoto, emulator):
    wanted = [number for number in range(1, 13) for _ in range(8)]
    with ThreadPoolExecutor(8, thread_name_prefix="test") as pool:
        icons = list(pool.map(yoto.icons.number, wanted))

    assert emulator.counters.icon_uploads == 12
    assert len({icon.reference for icon in icons}) == 12
    assert [icon.title for icon in icons] == [str(number) for number in wanted]


def test_a_number_that_could_not_be_uploaded_is_told_to_all_and_tried_again_later(yoto, emulator):
    emulator.faults.append(Fault("POST", UPLOAD, status=400, delay_s=0.3))
    begin = threading.Barrier(4)

    def ask(_):
        begin.wait(5)
        try:
            return yoto.icons.number(7)
        except ApiError as error:
            return error.status

    with ThreadPoolExecutor(4, thread_name_prefix="test") as pool:
        assert set(pool.map(ask, range(4))) == {400}
    assert yoto.icons.number(7).title == "7"
    assert emulator.counters.icon_uploads == 1


def test_a_number_that_is_known_is_not_uploaded_and_is_shown(yoto, emulator, seen):
    yoto.icons.know_number(7, "k" * 43)
    icon = yoto.icons.number(7)

    assert icon.reference == f"yoto:#{'k' * 43}"
    assert pixels(yoto.icons.picture(icon.reference))
    assert not seen
    yoto.icons.forget_number(7)
    assert yoto.icons.number(7).media_id != icon.media_id
    assert emulator.counters.icon_uploads == 1


def test_a_number_that_was_uploaded_is_not_replaced_by_one_that_is_known(yoto):
    uploaded = yoto.icons.number(7)
    yoto.icons.know_number(7, "k" * 43)
    yoto.icons.know_number(1_000, "k" * 43)

    assert yoto.icons.number(7) == uploaded


@pytest.mark.parametrize("number", [0, 1_000, -1, 1.0, True, "1", None])
def test_what_is_no_number_of_a_chapter_is_refused(yoto, number):
    with pytest.raises(SettingError, match="number="):
        yoto.icons.number(number)


# Pictures to show


def test_a_picture_is_fetched_once_without_the_token(yoto, seen):
    moon = yoto.icons.find("moon")[0]
    del seen[:]
    first, second = (yoto.icons.picture(moon.reference) for _ in range(2))

    assert pixels(first) == pixels(second)
    ((method, url, headers),) = seen
    assert (method, str(url)) == ("GET", moon.url)
    assert "authorization" not in headers


@pytest.mark.parametrize(
    "reference", ["", "yoto:#", "yoto:#nobody", "https://example.org/a.png", "\0", None, 5]
)
def test_what_is_no_icon_has_no_picture(yoto, reference):
    assert yoto.icons.picture(reference) is None


@pytest.mark.parametrize(
    "fault",
    [
        {"status": 404},
        {"status": 503},
        {"status": 302},
        {"status": 200, "body": "<html>Welcome to Station Wi-Fi</html>"},
        {"status": 200, "body": "x" * 1_000_001},
        {"lose_answer": True},
    ],
)
def test_a_picture_that_cannot_be_had_is_none_and_is_not_asked_for_again_at_once(
    yoto, emulator, seen, fault
):
    moon = yoto.icons.find("moon")[0]
    emulator.faults.append(Fault("GET", "/icons/", times=1, **fault))
    del seen[:]

    assert yoto.icons.picture(moon.reference) is None
    assert yoto.icons.picture(moon.reference) is None
    assert len(seen) == 1


@pytest.mark.parametrize(
    "url", ["http://example.org/a.png", "http://10.0.0.1/a", "file:///etc/passwd", "", {}, 5]
)
def test_a_picture_at_an_address_that_is_not_to_be_asked_is_none(yoto, emulator, url, seen):
    answer = {"displayIcons": [{"mediaId": "m" * 43, "url": url}]}
    emulator.faults.append(Fault("GET", f"{ICONS}/me", status=200, body=_json(answer)))

    assert yoto.icons.picture(f"yoto:#{'m' * 43}") is None
    assert {request[1].path for request in seen} == {f"{ICONS}/me", f"{ICONS}/yoto"}


@pytest.mark.parametrize("url", ["http://example.org/a.png", "http://10.0.0.1/a", "https://["])
def test_an_icon_at_an_address_that_is_not_to_be_asked_is_not_loaded_by_a_notebook(
    yoto, emulator, url
):
    listed = [{"mediaId": "m" * 43, "title": "moon", "url": url}]
    answer = _json({"displayIcons": listed})
    emulator.faults.append(Fault("GET", f"{ICONS}/me", status=200, body=answer))
    icon = yoto.icons.find("moon")[0]

    assert icon.media_id == "m" * 43
    assert "<img" not in icon._repr_html_()
    assert all("<img" in icon._repr_html_() for icon in yoto.icons.all() if icon.public)


def test_a_file_whose_name_is_no_text_can_be_an_icon(yoto, tmp_path):
    path = tmp_path / os.fsdecode(b"moon\xff.png")
    path.write_bytes(picture())

    assert yoto.icons.upload(path).title == "moon\ufffd"


def test_without_a_list_there_are_no_pictures_and_it_is_not_waited_for_with_each(seen):
    with yk.YotoClient.login(token="x", api_url="http://127.0.0.1:9") as yoto:
        assert yoto.icons.picture("yoto:#moon") is None
        asked = len(seen)
        assert yoto.icons.picture("yoto:#sun") is None
    assert len(seen) == asked


# What is no picture


@pytest.mark.parametrize("send", ["icons", "covers"])
def test_what_is_no_picture_is_refused_by_its_name_and_nothing_is_sent(yoto, seen, tmp_path, send):
    upload = getattr(yoto, send).upload
    path = tmp_path / "cover.png"
    path.write_bytes(b"no picture")
    os.mkfifo(tmp_path / "pipe.png")

    with pytest.raises(InputError, match=r"cover\.png: is no picture") as caught:
        upload(path)
    assert caught.value.path == path
    with pytest.raises(MissingFileError):
        upload(str(tmp_path / "missing.png"))
    for folder_or_pipe in (tmp_path, tmp_path / "pipe.png"):
        with pytest.raises(NotAFileError):
            upload(folder_or_pipe)
    with pytest.raises(SettingError, match="list is no picture"):
        upload([1, 2])
    assert not seen


def _json(value):
    return json.dumps(value)
