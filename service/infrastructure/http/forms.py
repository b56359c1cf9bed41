"""The forms of the page at `/docs`: an operation tried from the page that describes it, on this server."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

from service.words import described

BEARER_FIELD = (  # not of the type for passwords, which browsers offer to remember
    f'<p><label for="token">{described.CREDENTIAL}</label><br>'
    '<input id="token" autocomplete="off" spellcheck="false"></p>'
)


def operation_form(path: str, method: str, operation: Mapping[str, Any]) -> Iterator[str]:
    """Yield the HTML of a form that `docs.js` sends: a field for each parameter, the body's first example. Pure.

    >>> operation = {"parameters": [{"name": "limit", "in": "query"}]}
    >>> print(list(operation_form("/v1/services", "get", operation))[2])
    <label>limit <input name="limit" data-in="query" spellcheck="false"></label>
    """
    yield "<details><summary>Try it</summary>"
    yield f'<form data-path="{escape(path)}" data-method="{method.upper()}" autocomplete="off">'
    for parameter in operation.get("parameters", ()):
        if "name" in parameter:
            yield _field(parameter)
    body = operation.get("requestBody", {}).get("content", {}).get("application/json")
    if body is not None:
        text = json.dumps(_first_example(body), ensure_ascii=False, indent=1)
        yield f'<label>Body<br><textarea name="body" rows="12" spellcheck="false">{escape(text)}</textarea></label>'
    yield '<p><button type="submit">Send</button></p><output></output></form></details>'


def _field(parameter: Mapping[str, Any]) -> str:
    name, place = escape(parameter["name"]), escape(parameter["in"])
    required = " required" if parameter.get("required") else ""
    return f'<label>{name} <input name="{name}" data-in="{place}" spellcheck="false"{required}></label>'


def _first_example(body: Mapping[str, Any]) -> Any:
    examples = [example["value"] for example in body.get("examples", {}).values()]
    return examples[0] if examples else body.get("example")
