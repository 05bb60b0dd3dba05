"""How an operation of the description is put together."""

from __future__ import annotations

from typing import Any

from yotokit.emulator.description.schemas import Schema, named, text

__all__ = ["json_of", "route"]

_REASONS = {
    200: "Done.",
    202: "Not finished, or failed: then `error` is set.",
    302: "To the application, with a code or an error.",
    304: "As it was.",
    400: "It makes no sense.",
    401: "No token, or one that is good for nothing.",
    403: "Not with this token, signature or grant.",
    404: "There is none.",
    411: "The length is missing.",
    413: "Too large.",
    501: "Sent in pieces of unknown number.",
}


def route(
    summary: str,
    answers: dict[int, Schema | None],
    *,
    scope: str | None = None,
    path: str | None = None,
    query: dict[str, Schema] | None = None,
    body: dict[str, Any] | None = None,
    refusal: Schema | None = None,
) -> dict[str, Any]:
    """Return an operation.

    Parameters
    ----------
    answers : dict
        The statuses, and the JSON that comes with each; None for the form of errors.
    scope : str, optional
        What the token must be good for; without it no token is wanted.
    path : str, optional
        The part of the path that varies.
    query : dict, optional
        What may stand in the query.
    body : dict, optional
        What is sent, by its type.
    refusal : dict, optional
        What comes with errors, by its type; the service's JSON by default.
    """
    refused = refusal or {"application/json": {"schema": named("Error")}}
    if scope is not None:
        answers = {**answers, 401: None, 403: None}
    parameters = [_parameter("path", path, text(), required=True)] if path else []
    parameters += [_parameter("query", name, schema) for name, schema in (query or {}).items()]
    operation: dict[str, Any] = {
        "summary": summary,
        "parameters": parameters,
        "responses": {
            str(status): _answer(status, content, refused)
            for status, content in sorted(answers.items())
        },
    }
    if scope is not None:
        operation["security"] = [{"token": []}]
        operation["description"] = f"Wants `{scope}`."
    if body is not None:
        operation["requestBody"] = {"required": True, "content": body}
    return operation


def _parameter(place: str, name: str, schema: Schema, *, required: bool = False) -> dict[str, Any]:
    return {"in": place, "name": name, "required": required, "schema": schema}


def _answer(status: int, content: Schema | None, refused: dict[str, Any]) -> dict[str, Any]:
    answer: dict[str, Any] = {"description": _REASONS[status]}
    if content is None:
        return {**answer, "content": refused}
    return {**answer, "content": content} if content else answer


def json_of(schema: Schema) -> Schema:
    """Return the content of a body in JSON."""
    return {"application/json": {"schema": schema}}
