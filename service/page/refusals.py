"""What keeps a page from being shown as asked, raised on the way and answered as a page in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping

from service.page.inside import Reply


class PageRefused(Exception):
    """A request is answered with an error page.

    `code` is one of a problem document, or of `refused` in the words; `wait_s` is for how long to wait, where known.
    """

    def __init__(self, status: int, code: str, *, wait_s: str | None = None) -> None:
        self.status = status
        self.code = code
        self.wait_s = wait_s
        super().__init__(code)


def refusal_of(reply: Reply) -> PageRefused:
    """Return what an operation's problem document means for a page. Pure."""
    code = (reply.document or {}).get("code", "internal_error")
    return PageRefused(reply.status, code, wait_s=reply.headers.get("retry-after"))


def problems_at(reply: Reply, fields: Mapping[str, str]) -> dict[str, list[str]]:
    """Return the details of a problem document by form field; "" holds those of no field. Pure.

    `fields` names the field for each JSON pointer; a pointer below a known one (`/to/0` below `/to`) belongs to it.
    """
    found: dict[str, list[str]] = {}
    for error in (reply.document or {}).get("errors", ()):
        pointer = error["pointer"]
        while pointer and pointer not in fields:
            pointer = pointer.rpartition("/")[0]
        told = found.setdefault(fields.get(pointer, ""), [])
        if error["detail"] not in told:
            told.append(error["detail"])
    return found or {"": []}
