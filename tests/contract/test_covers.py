"""Covers: the client and the emulator over real sockets."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from yotokit.emulator import Fault
from yotokit.errors import SettingError, TransportError, UnexpectedAnswerError


def picture(size=(700, 500)):
    out = io.BytesIO()
    Image.new("RGB", size, "orange").save(out, "PNG")
    return out.getvalue()


@pytest.mark.parametrize(
    ("kind", "size"), [("myo", (520, 400)), ("default", (638, 1011)), ("radio", (600, 600))]
)
def test_a_cover_is_sent_as_jpeg_no_larger_than_it_can_be_of_use(yoto, emulator, seen, kind, size):
    url = yoto.covers.upload(picture((3000, 3000)), kind)

    method, asked, headers = seen[0]
    assert (method, asked.path) == ("POST", "/media/coverImage/user/me/upload")
    assert dict(asked.params) == {"autoconvert": "true", "coverType": kind}
    assert headers["content-type"] == "image/jpeg"
    assert "multipart" not in headers["content-type"]
    assert int(headers["content-length"]) < 200_000
    (cover,) = emulator._state.pictures.covers.values()
    assert url.endswith(cover.media_id)
    with Image.open(io.BytesIO(cover.data)) as image:
        assert image.size == size


def test_a_cover_whose_answer_was_lost_is_not_sent_twice(yoto, emulator):
    emulator.faults.append(Fault("POST", "/media/coverImage", lose_answer=True))
    with pytest.raises(TransportError) as caught:
        yoto.covers.upload(picture())

    assert caught.value.may_have_arrived
    assert emulator.counters.cover_uploads == 1


def test_a_kind_of_cover_that_does_not_exist_is_refused_before_anything_is_sent(yoto, seen):
    with pytest.raises(SettingError, match="myo"):
        yoto.covers.upload(picture(), "poster")
    assert not seen


@pytest.mark.parametrize("cover", ["null", "{}", '{"mediaUrl":{}}', '{"mediaUrl":"javascript:1"}'])
def test_a_cover_without_an_address_is_a_typed_error(yoto, emulator, cover):
    body = f'{{"coverImage":{cover}}}'
    emulator.faults.append(Fault("POST", "/media/coverImage", status=200, body=body))
    with pytest.raises(UnexpectedAnswerError, match="mediaUrl"):
        yoto.covers.upload(picture())


def test_a_cover_is_shown_without_the_token_and_never_fails(yoto, emulator, seen):
    url = yoto.covers.upload(picture())
    del seen[:]
    with Image.open(io.BytesIO(yoto.covers.picture(url))) as image:
        assert image.format == "JPEG"

    assert [(method, str(asked)) for method, asked, _ in seen] == [("GET", url)]
    assert "authorization" not in seen[0][2]
    emulator.faults.append(Fault("GET", "/icons/", status=200, body="<html>"))
    for odd in (url, f"{emulator.url}/icons/none", "http://example.org/a.jpg", "", "\0", None):
        assert yoto.covers.picture(odd) is None
