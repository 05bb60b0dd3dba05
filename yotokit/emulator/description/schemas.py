"""The JSON that the emulator takes and sends, as schemas for its description."""

from __future__ import annotations

from typing import Any, TypeAlias

__all__ = [
    "ICON_PICTURE",
    "PICTURE",
    "SCHEMAS",
    "Schema",
    "array",
    "named",
    "one_of",
    "record",
    "text",
]

Schema: TypeAlias = dict[str, Any]

_LONGEST_TITLE = 140


def named(name: str) -> Schema:
    """Return a reference to one of `SCHEMAS`."""
    return {"$ref": f"#/components/schemas/{name}"}


def text(**more: Any) -> Schema:
    """Return the schema of a text."""
    return {"type": "string", **more}


def one_of(*values: str) -> Schema:
    """Return the schema of a text that is one of these."""
    return {"type": "string", "enum": list(values)}


def array(items: Schema) -> Schema:
    """Return the schema of a list."""
    return {"type": "array", "items": items}


def record(**properties: Schema) -> Schema:
    """Return the schema of an object that has these, and may have more.

    Examples
    --------
    >>> record(title=text())["required"]
    ['title']
    """
    return {"type": "object", "required": [*properties], "properties": properties}


def _may_have(schema: Schema, **properties: Schema) -> Schema:
    return {**schema, "properties": {**schema["properties"], **properties}}


def _or_null(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"type": "null"}]}


_NUMBER = {"type": "number"}
_FLAG = {"type": "boolean"}
_OBJECT = {"type": "object"}
_TIME = text(format="date-time")
_NAME_OF_BYTES = text(pattern="^[A-Za-z0-9_-]{43}$")
_REFERENCE = text(pattern="^yoto:#[A-Za-z0-9_-]{43}$")
_TITLE = text(minLength=1, maxLength=_LONGEST_TITLE)
_DISPLAY = {"type": "object", "properties": {"icon16x16": _or_null(_REFERENCE)}}
_CONTENT = _may_have(
    record(chapters=array(named("Chapter"))),
    playbackType=one_of("linear", "interactive"),
    version=text(),
    config=_OBJECT,
)
_PROGRESS = record(phase=text(), percent=_NUMBER)
_KEPT = {
    "cardId": text(pattern="^[A-Za-z0-9]{5}$"),
    "title": _TITLE,
    "metadata": _OBJECT,
    "createdAt": _TIME,
    "updatedAt": _TIME,
    "userId": text(),
}

PICTURE: dict[str, Schema] = {kind: {} for kind in ("image/png", "image/jpeg")}
ICON_PICTURE: dict[str, Schema] = {**PICTURE, "image/gif": {}}

SCHEMAS: dict[str, Schema] = {
    "Error": record(error=record(code=text(), message=text())),
    "OAuthError": record(error=text(), error_description=text()),
    "AudioTrack": _may_have(
        record(
            key=text(),
            title=text(),
            trackUrl=_REFERENCE,
            type=one_of("audio"),
            format=text(),
        ),
        duration=_NUMBER,
        fileSize=_NUMBER,
        channels=one_of("mono", "stereo"),
        overlayLabel=text(),
        display=_DISPLAY,
    ),
    "StreamTrack": record(
        key=text(), title=text(), trackUrl=text(), type=one_of("stream"), format=text()
    ),
    "Track": {"anyOf": [named("AudioTrack"), named("StreamTrack")]},
    "Chapter": _may_have(
        record(key=text(), title=text(), tracks=array(named("Track"))),
        overlayLabel=text(),
        display=_DISPLAY,
    ),
    "NewCard": _may_have(
        record(title=_TITLE, content=_CONTENT),
        cardId=_or_null(text()),
        metadata=_OBJECT,
    ),
    "Card": _may_have(record(**_KEPT, content=_OBJECT), deleted=_FLAG),
    "ListedCard": record(**_KEPT, content={**_OBJECT, "not": {"required": ["chapters"]}}),
    "Slot": record(uploadId=_NAME_OF_BYTES, uploadUrl=_or_null(text())),
    "Transcode": _may_have(
        record(
            uploadId=_NAME_OF_BYTES,
            uploadFilename=text(),
            transcodedSha256=_or_null(_NAME_OF_BYTES),
            failedUploadSha256=_or_null(text()),
            startedAt=_TIME,
            transcodedAt=_or_null(_TIME),
            error=_or_null(record(name=text(), message=text())),
            erroredAt=_or_null(_TIME),
            progress=_or_null(_PROGRESS),
        ),
        transcodedInfo=record(
            duration=_NUMBER,
            fileSize=_NUMBER,
            codec=text(),
            format=text(),
            sampleRate=_NUMBER,
            bitrate=_NUMBER,
            channels=one_of("mono", "stereo"),
            inputFormat=text(),
        ),
    ),
    "Icon": _may_have(
        record(mediaId=_NAME_OF_BYTES, displayIconId=text(), userId=text(), public=_FLAG),
        # Of a picture that was there already it is {}.
        url={"anyOf": [text(), _OBJECT]},
        createdAt=_TIME,
        title=text(),
        publicTags=array(text()),
    ),
    "Cover": record(mediaId=_NAME_OF_BYTES, mediaUrl=text()),
    "TokenRequest": _may_have(
        record(grant_type=one_of("authorization_code", "refresh_token"), client_id=text()),
        code=text(),
        code_verifier=text(),
        redirect_uri=text(),
        refresh_token=text(),
    ),
    "Tokens": _may_have(
        record(access_token=text(), scope=text(), expires_in=_NUMBER, token_type=one_of("Bearer")),
        refresh_token=text(),
    ),
    "Verdict": record(
        cardId=text(),
        title=text(),
        verdict=one_of("plays", "plays with remarks", "a player would choke"),
        findings=array(
            record(rule=text(), where=text(), problem=text(), severity=one_of("choke", "remark"))
        ),
    ),
}
