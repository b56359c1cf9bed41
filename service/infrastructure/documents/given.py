"""A body read before the database is asked whether the sender may act. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from service.answers.profile import read_as
from service.infrastructure.documents.base import BundleModel
from service.infrastructure.documents.document import parse_body
from service.infrastructure.errors import BodyRefused, BundleRefused

Body = TypeVar("Body", bound=BundleModel)


@dataclass(frozen=True, slots=True)
class Given(Generic[Body]):
    """A body as its model, or its refusal, which is told last: after 404, 403, 428, 412 and 409.

    `tree`: the body as plain data, before its shape is judged; None for a body without JSON.
    """

    tree: Any
    read: Body | BodyRefused

    @property
    def status(self) -> str:
        """The text that the body gives as `status`, whether or not the rest of the body is right; empty without one.

        >>> Given({"status": "closed", "outcome": 5}, BodyRefused(())).status
        'closed'
        """
        status = self.tree.get("status") if isinstance(self.tree, dict) else None
        return status if isinstance(status, str) else ""

    def take(self) -> Body:
        """Return the body.

        Raises:
            BodyRefused: the body is wrong.
        """
        if isinstance(self.read, BodyRefused):
            raise self.read
        return self.read


def read_given(model: type[Body], data: bytes) -> Given[Body]:
    """Return `data` (JSON) as `model`; never raises."""
    try:
        return Given(peek(data), read_as(model, data, defaults={}, parse=parse_body))
    except BodyRefused as refused:
        return Given(peek(data), refused)


def peek(data: bytes) -> Any:
    """Return a body as plain data, before its shape is judged; None for a body without JSON.

    >>> peek(b'{"step": {"to": 5}}'), peek(b"not JSON")
    ({'step': {'to': 5}}, None)
    """
    try:
        return parse_body(data)[0]
    except BundleRefused:
        return None
