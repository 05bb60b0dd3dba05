"""A card as the service sends it, with all that is documented, and ways to change any part."""

from __future__ import annotations

from hypothesis import strategies as st

SHA = "A" * 43
# What `json.loads` may return: NaN, infinity, numbers of any length and halves of characters, too.
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers(-5, 5)
    | st.integers(10**300, 10**400)
    | st.floats()
    | st.text(max_size=5)
    | st.sampled_from(
        ["\ud800", "533", "data:image/png;base64,x", "https://a.example/?Signature=x"]
    )
)
JSON = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=8,
)
ICON = f"yoto:#{'i' * 43}"
# What is sent as it came: JSON that has what it holds, and no addresses that end.
SENDABLE = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)


def full():
    """Return a card as the service sends it, with all that is documented."""

    def track(key, **other):
        display = {"icon16x16": ICON}
        return {
            "key": key,
            "title": key,
            "trackUrl": f"yoto:#{SHA}",
            "type": "audio",
            "format": "opus",
            "duration": 61,
            "fileSize": 600_000,
            "channels": "stereo",
            "overlayLabel": "1",
            "display": display,
            "uid": None,
            "ambient": None,
            "events": {"onEnd": {"cmd": "stop"}},
            **other,
        }

    radio = {
        "trackUrl": "https://radio.example/live",
        "type": "stream",
        "format": "mp3",
        "duration": 0,
        "fileSize": 0,
    }
    chapters = [
        {
            "key": "01",
            "title": "Moon",
            "overlayLabel": "1",
            "display": {"icon16x16": ICON},
            "tracks": [track("01"), track("02")],
            "duration": 122,
            "fileSize": 1_200_000,
            "hasStreams": False,
            "availableFrom": None,
        },
        {
            "key": "02",
            "title": "Radio",
            "overlayLabel": "2",
            "display": {"icon16x16": None},
            "tracks": [track("01", **radio)],
        },
    ]
    media = {
        "duration": 122,
        "fileSize": 1_200_000,
        "readableFileSize": 1.1,
        "readableDuration": "2m 2s",
        "hasStreams": True,
        "new": 1,
    }
    return {
        "cardId": "abcde",
        "title": "Bedtime",
        "content": {
            "version": "1",
            "playbackType": "linear",
            "config": {"resumeTimeout": 2592000, "shuffle": [{"start": 0, "end": 1, "limit": 1}]},
            "editSettings": {"editKeys": False},
            "chapters": chapters,
        },
        "metadata": {
            "media": media,
            "cover": {"imageL": "https://covers.example/x.jpg"},
            "authors": [],
            "genre": ["x"],
        },
    }


def ways(node, way=()):
    """Yield the way to each node inside a JSON value."""
    inner = (
        node.items()
        if isinstance(node, dict)
        else enumerate(node)
        if isinstance(node, list)
        else ()
    )
    for key, value in inner:
        yield (*way, key)
        yield from ways(value, (*way, key))


def at(node, way):
    for key in way:
        node = node[key]
    return node


def put(node, way, value):
    at(node, way[:-1])[way[-1]] = value
