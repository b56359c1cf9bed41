"""The page at `/docs`: the OpenAPI document as plain HTML, with a form for each operation, all served from here."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from html import escape
from importlib.resources import files
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from service.i18n import described
from service.web.problems import PROBLEM_TYPES

BEARER_FIELD = (  # not of the type for passwords, which browsers offer to remember
    f'<p><label for="token">{described.CREDENTIAL}</label><br>'
    '<input id="token" autocomplete="off" spellcheck="false"></p>'
)

METHODS = ("get", "post", "put", "patch", "delete")
STYLE = (files(__package__ or "service.web") / "docs.css").read_text(encoding="utf-8")
SCRIPT = (files(__package__ or "service.web") / "docs.js").read_text(encoding="utf-8")

docs_router = APIRouter(include_in_schema=False)


@docs_router.get("/docs")
async def docs(request: Request) -> HTMLResponse:
    """Return the page of the application's description."""
    problems = [(code, problem_type.status, problem_type.meaning) for code, problem_type in PROBLEM_TYPES.items()]
    return HTMLResponse(docs_page(request.app.openapi(), problems))


@docs_router.get("/docs/style.css")
async def style() -> Response:
    """Return the style sheet of the page."""
    return Response(STYLE, media_type="text/css")


@docs_router.get("/docs/try.js")
async def script() -> Response:
    """Return the script that sends the page's forms."""
    return Response(SCRIPT, media_type="text/javascript")


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


def docs_page(openapi: Mapping[str, Any], problems: Iterable[tuple[str, int, str]] = ()) -> str:
    """Return the HTML page of an OpenAPI document: each operation, then each problem. Pure.

    A problem is its code, its status and its meaning; `#problem-CODE` is its place on the page:

    >>> document = {"info": {"title": "Router", "version": "1.0"}, "paths": {}}
    >>> '<tr id="problem-not_found">' in docs_page(document, [("not_found", 404, "No such record.")])
    True
    """
    title = escape(openapi["info"]["title"])
    about = escape(openapi["info"].get("description", ""))
    version = escape(openapi["info"]["version"])
    body = "\n".join([*_operations(openapi["paths"]), *_problems(problems)])
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<title>{title}</title>\n<link rel="stylesheet" href="docs/style.css">\n'
        '<script src="docs/try.js" defer></script>\n</head>\n<body>\n<main>\n'
        f"<h1>{title} <small>{version}</small></h1>\n<p>{about}</p>\n"
        f'<p>{described.SAME_FOR_PROGRAMS}: <a href="openapi.json">openapi.json</a>.</p>\n'
        f"<p>{described.GUIDE}: <code>openapi/guide</code>.\n"
        f'{described.GUIDE_TO_PRINT}: <a href="guide">/guide</a>.</p>\n'
        f"{BEARER_FIELD}\n"
        f"{body}\n</main>\n</body>\n</html>\n"
    )


def _operations(paths: Mapping[str, Any]) -> Iterator[str]:
    for path, item in paths.items():
        for method in METHODS:
            if method in item:
                yield from _operation(path, method, item[method])


def _operation(path: str, method: str, operation: Mapping[str, Any]) -> Iterator[str]:
    yield "<section>"
    yield f"<h2><code>{method.upper()} {escape(path)}</code></h2>"
    yield f"<p>{escape(operation.get('summary', ''))}</p>"
    if operation.get("description"):
        yield f"<p>{escape(operation['description'])}</p>"
    yield from _table("Parameter", described.PARAMETER, _parameters(operation))
    answers = [(code, answer.get("description", "")) for code, answer in operation["responses"].items()]
    yield from _table("Answer", "When", answers)
    yield from operation_form(path, method, operation)
    yield "</section>"


def _problems(problems: Iterable[tuple[str, int, str]]) -> Iterator[str]:
    rows = list(problems)
    if not rows:
        return
    yield "<section>\n<h2>Problems</h2>"
    yield '<table><thead><tr><th scope="col">Code</th><th scope="col">Status</th><th scope="col">When</th></tr></thead>'
    for code, status, meaning in rows:
        place, text = escape(f"problem-{code}"), escape(meaning)
        yield f'<tr id="{place}"><td><code>{escape(code)}</code></td><td>{status}</td><td>{text}</td></tr>'
    yield "</table>\n</section>"


def _parameters(operation: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [
        (parameter["name"], f"in the {parameter['in']}. {parameter.get('description', '')}".strip())
        for parameter in operation.get("parameters", ())
        if "name" in parameter
    ]


def _table(name: str, meaning: str, rows: list[tuple[str, str]]) -> Iterator[str]:
    if not rows:
        return
    yield f'<table><thead><tr><th scope="col">{name}</th><th scope="col">{meaning}</th></tr></thead><tbody>'
    for key, text in rows:
        yield f"<tr><td><code>{escape(key)}</code></td><td>{escape(text)}</td></tr>"
    yield "</tbody></table>"
