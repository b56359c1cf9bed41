"""A document with its entity tag, and the expectation of a change (RFC 9110, sections 8.8.3 and 13). Pure."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any

from service.errors import PreconditionFailed, PreconditionRequired


@dataclass(frozen=True, slots=True)
class TaggedDocument:
    """An object, or a page of objects, in the caller's view; `etag` changes with every change to `document`."""

    document: dict[str, Any]
    etag: str


def with_etag(document: dict[str, Any]) -> TaggedDocument:
    """Return `document` with its strong entity tag, the same wherever and whenever made. Pure.

    >>> with_etag({"slug": "lotus-center"}).etag == with_etag({"slug": "lotus-center"}).etag
    True
    """
    text = json.dumps(document, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return TaggedDocument(document, f'"{hashlib.sha256(text.encode()).hexdigest()[:32]}"')


@dataclass(frozen=True, slots=True)
class Condition:
    """The expectation of a change. `matches`: any of the given entity tags, "*": any object; `absent`: no object.

    >>> Condition(frozenset({'"1"'})).check(TaggedDocument({}, '"2"'))
    Traceback (most recent call last):
    service.errors.PreconditionFailed
    """

    matches: frozenset[str] | None = None
    absent: bool = False

    @property
    def is_stated(self) -> bool:
        """Whether the change states an expectation at all."""
        return self.absent or self.matches is not None

    def check(self, stored: TaggedDocument | None) -> None:
        """Hold the condition against the stored object.

        Raises:
            PreconditionRequired: the change states no expectation.
            PreconditionFailed: the stored object is not as expected.
        """
        if not self.is_stated:
            raise PreconditionRequired
        if self.absent and stored is not None:
            raise PreconditionFailed
        if self.matches is not None and (stored is None or not self.matches & {"*", stored.etag}):
            raise PreconditionFailed
