"""Reasons for not showing a page as asked: raised on the way, and answered with a page in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping

from service.page.inside import Reply


class PageRefused(Exception):
    """A request is answered with an error page.

    `code`: the code of a problem document, or a key of `refused` in the words; `wait_s`: seconds to wait, where known.
    """

    def __init__(self, status: int, code: str, *, wait_s: str | None = None) -> None:
        self.status = status
        self.code = code
        self.wait_s = wait_s
        super().__init__(code)


def refusal_of(reply: Reply) -> PageRefused:
    """Return the refusal for the problem document of an operation. Pure.

    >>> refusal_of(Reply(404, {"code": "not_found"}, {}, "")).code, refusal_of(Reply(500, None, {}, "")).code
    ('not_found', 'internal_error')
    """
    code = (reply.document or {}).get("code", "internal_error")
    return PageRefused(reply.status, code, wait_s=reply.headers.get("retry-after"))


def problems_at(reply: Reply, fields: Mapping[str, str]) -> dict[str, list[str]]:
    """Return the details of a problem document by form field; "" holds the details without a field. Pure.

    `fields` names the field for each JSON pointer; a pointer below a known pointer belongs to the same field:

    >>> document = {"errors": [{"pointer": "/to/0", "detail": "is no agency"}, {"pointer": "", "detail": "is empty"}]}
    >>> problems_at(Reply(422, document, {}, ""), {"/to": "to"})
    {'to': ['is no agency'], '': ['is empty']}
    """
    problems: dict[str, list[str]] = {}
    for error in (reply.document or {}).get("errors", ()):
        pointer = error["pointer"]
        while pointer and pointer not in fields:
            pointer = pointer.rpartition("/")[0]
        sentences = problems.setdefault(fields.get(pointer, ""), [])
        if error["detail"] not in sentences:
            sentences.append(error["detail"])
    return problems or {"": []}
