"""A form for the sign-in service, which answers in OAuth's own shapes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from yotokit.errors import ApiError, NotFoundError
from yotokit.yoto.hidden import Hidden
from yotokit.yoto.http.answers import api_error, parsed, place_of, retry_after_s, senseless
from yotokit.yoto.http.retry import never, retrying, without_effect
from yotokit.yoto.http.sending import new_client, send
from yotokit.yoto.http.sockets import unstoppable
from yotokit.yoto.plain import mapping, told

if TYPE_CHECKING:
    import threading
    from collections.abc import Iterator, Mapping

    import httpx

__all__ = ["post_form"]

_SECRETS = ("code", "code_verifier", "refresh_token")


def post_form(
    url: str,
    fields: Mapping[str, str],
    *,
    stop: threading.Event | None = None,
    patient: bool = True,
) -> dict[str, Any]:
    """Send a form; return the JSON object of the answer.

    It is sent again only where it surely had no effect: a code, or a refresh token, is good once.
    For the same reason the event ends the pauses and the wait for a connection, but not the wait
    for the answer to what is on its way.

    Parameters
    ----------
    stop : threading.Event, optional
        Ends it when it is set.
    patient : bool
        Try again where that may help.

    Raises
    ------
    ApiError
        The service said no; ``code`` is OAuth's word for why.
    TransportError
        No answer came.
    UnexpectedAnswerError
        The answer is no JSON object.
    JobCancelledError
        The event was set.
    """
    place = f"POST {place_of(url)}"
    with new_client(near=url) as client:

        def once() -> dict[str, Any]:
            response = send(lambda: _post(client, url, fields), place, stop, brief=True)
            if not response.is_success:
                raise _refusal(response, place, fields)
            answer = parsed(response)
            if not isinstance(answer, dict):
                raise senseless(place, "answered something that is no JSON object")
            return answer

        return retrying(stop=stop, repeat=without_effect if patient else never)(once)


def _post(client: httpx.Client, url: str, fields: Mapping[str, str]) -> httpx.Response:
    form = Hidden(urlencode(fields))

    def body() -> Iterator[bytes]:
        # Not before it is on its way does what stands in it have an effect.
        unstoppable()
        yield form.encode()

    headers = {
        "Content-Type": "application/x-www-form-urlencoded",
        "Content-Length": str(len(form)),
    }
    return client.post(url, content=body(), headers=headers)


def _refusal(response: httpx.Response, place: str, fields: Mapping[str, str]) -> ApiError:
    answer = mapping(parsed(response))
    hidden = [fields[name] for name in _SECRETS if name in fields]
    code, words = (told(answer.get(key), hidden) for key in ("error", "error_description"))
    status, retry_after = response.status_code, response.headers.get("Retry-After")
    text = f"{place} answered {status}" + "".join(f": {part}" for part in (code, words) if part)
    kind = api_error(status)
    if kind is NotFoundError:
        kind = ApiError  # else who asked for a card would take it for gone
    return kind(text, status=status, code=code, retry_after_s=retry_after_s(retry_after))
