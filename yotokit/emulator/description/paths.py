"""What can be asked, on both ports, route by route."""

from __future__ import annotations

from yotokit.emulator.description.operations import json_of, route
from yotokit.emulator.description.schemas import (
    ICON_PICTURE,
    PICTURE,
    Schema,
    array,
    named,
    one_of,
    record,
    text,
)

__all__ = ["API", "STORAGE"]

_VIEW, _MANAGE = "user:content:view", "user:content:manage"
_ICONS = "user:icons:manage"

_STATUS = {"type": "object", "required": ["status"], "properties": {"status": {"const": "ok"}}}
_AUDIO: dict[str, Schema] = {"audio/ogg": {}}
_HTML: dict[str, Schema] = {"text/html": {}}
_XML = {"application/xml": {"schema": {"type": "string"}}}

_CARDS = {
    "/content": {
        "post": route(
            "Make a card, or replace one.",
            {200: json_of(record(card=named("Card"))), 400: None, 404: None, 413: None},
            scope=_MANAGE,
            body=json_of(named("NewCard")),
        )
    },
    "/content/mine": {
        "get": route(
            "List the cards, without their chapters.",
            {200: json_of(record(cards=array(named("ListedCard"))))},
            scope=_VIEW,
            query={"showdeleted": one_of("true", "false")},
        )
    },
    "/content/{card_id}": {
        "get": route(
            "Read a card.",
            {200: json_of(record(card=named("Card"))), 400: None, 404: None},
            scope=_VIEW,
            path="card_id",
            query={
                "playable": one_of("true", "false"),
                "signingType": one_of("s3"),
                "timezone": text(),
            },
        ),
        "delete": route(
            "Delete a card, for good.",
            {200: json_of(_STATUS), 404: None},
            scope=_MANAGE,
            path="card_id",
        ),
    },
}
_SOUND = {
    "/media/transcode/audio/uploadUrl": {
        "get": route(
            "Get an address to upload to; none for bytes that are there.",
            {200: json_of(record(upload=named("Slot"))), 400: None},
            scope=_MANAGE,
            query={"sha256": text(), "filename": text()},
        )
    },
    "/media/upload/{upload_id}/transcoded": {
        "get": route(
            "Ask how far a transcode is.",
            {
                200: json_of(record(transcode=named("Transcode"))),
                202: json_of(record(transcode=named("Transcode"))),
                404: None,
            },
            scope=_MANAGE,
            path="upload_id",
            query={"loudnorm": one_of("true", "false")},
        )
    },
}
_PICTURES = {
    "/media/displayIcons/user/yoto": {
        "get": route(
            "List the public icons.",
            {200: json_of(record(displayIcons=array(named("Icon"))))},
            scope=_ICONS,
        )
    },
    "/media/displayIcons/user/me": {
        "get": route(
            "List the icons that were uploaded.",
            {200: json_of(record(displayIcons=array(named("Icon"))))},
            scope=_ICONS,
        )
    },
    "/media/displayIcons/user/me/upload": {
        "post": route(
            "Upload an icon.",
            {200: json_of(record(displayIcon=named("Icon"))), 400: None, 413: None},
            scope=_ICONS,
            query={"autoConvert": one_of("true", "false"), "filename": text()},
            body=ICON_PICTURE,
        )
    },
    "/media/coverImage/user/me/upload": {
        "post": route(
            "Upload a cover.",
            {200: json_of(record(coverImage=named("Cover"))), 400: None, 413: None},
            scope=_MANAGE,
            query={"autoconvert": one_of("true", "false"), "coverType": text()},
            body=PICTURE,
        )
    },
    "/icons/{media_id}": {
        "get": route("Get a picture.", {200: {"image/*": {}}, 404: None}, path="media_id")
    },
}
_SIGN_IN = {
    "/authorize": {
        "get": route(
            "Ask the person, or send the answer back to the application.",
            {200: _HTML, 302: {}, 400: None},
            query={
                name: text()
                for name in (
                    "response_type",
                    "client_id",
                    "redirect_uri",
                    "audience",
                    "scope",
                    "state",
                    "code_challenge",
                    "code_challenge_method",
                )
            },
            refusal=_HTML,
        )
    },
    "/oauth/token": {
        "post": route(
            "Get tokens for a code, or for a refresh token.",
            {200: json_of(named("Tokens")), 400: None, 401: None, 403: None, 413: None},
            body={
                kind: {"schema": named("TokenRequest")}
                for kind in ("application/x-www-form-urlencoded", "application/json")
            },
            refusal=json_of(named("OAuthError")),
        )
    },
}
_OWN = {
    "/": {"get": route("See the cards.", {200: _HTML, 304: {}})},
    "/emulator/openapi.json": {
        "get": route("This description.", {200: json_of({"type": "object"})})
    },
    "/emulator/counters": {
        "get": route("What was asked, and what came of it.", {200: json_of({"type": "object"})})
    },
    "/emulator/lint": {
        "get": route(
            "What a player would make of the cards.",
            {200: json_of(record(cards=array(named("Verdict"))))},
        )
    },
    "/emulator/lint/{card_id}": {
        "get": route(
            "What a player would make of a card.",
            {200: json_of(named("Verdict")), 404: None},
            path="card_id",
        )
    },
    "/emulator/icons/{media_id}": {
        "get": route("Get a picture.", {200: {"image/*": {}}, 404: None}, path="media_id")
    },
    "/emulator/media/{sha256}": {
        "get": route("Get the sound.", {200: _AUDIO, 404: None}, path="sha256")
    },
}
API: dict[str, Schema] = {**_CARDS, **_SOUND, **_PICTURES, **_SIGN_IN, **_OWN}
STORAGE: dict[str, Schema] = {
    "/uploads/{upload_id}": {
        "put": route(
            "Upload audio: to an address that was given, without a token.",
            {200: {}, 400: None, 403: None, 411: None, 501: None},
            path="upload_id",
            query={"X-Amz-Expires": text(), "X-Amz-Signature": text()},
            body={"application/octet-stream": {}},
            refusal=_XML,
        )
    },
    "/media/{sha256}": {
        "get": route(
            "Get the sound: from a signed address, without a token.",
            {200: _AUDIO, 400: None, 403: None, 404: None},
            path="sha256",
            query={"Expires": text(), "Signature": text(), "Key-Pair-Id": text()},
            refusal=_XML,
        )
    },
}
