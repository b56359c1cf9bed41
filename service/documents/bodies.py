"""Bodies of requests, read strictly as their models, before the database tells whether the sender may act. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from pydantic import ValidationError

from service.documents.base import BundleModel
from service.documents.document import parse_body, parse_document
from service.documents.messages import pointed_problems
from service.documents.node import Node, pointer_of
from service.errors import BodyRefused, BundleRefused, Problem, first_of
from service.i18n import refusals

Body = TypeVar("Body", bound=BundleModel)
Unknown = Callable[[Node], Iterable[Problem]]
Parse = Callable[[bytes], tuple[Any, tuple[Problem, ...]]]


@dataclass(frozen=True, slots=True)
class SentBody(Generic[Body]):
    """A body as its model, or its refusal, which comes last: after 404, 403, 428, 412 and 409.

    `tree`: the body as plain data, before its shape is judged; None for a body without JSON.
    """

    tree: Any
    result: Body | BodyRefused

    @property
    def status(self) -> str:
        """The text that the body gives as `status`, whether or not the rest of the body is right; empty without one.

        >>> SentBody({"status": "closed", "outcome": 5}, BodyRefused(())).status
        'closed'
        """
        status = self.tree.get("status") if isinstance(self.tree, dict) else None
        return status if isinstance(status, str) else ""

    def take(self) -> Body:
        """Return the body.

        Raises:
            BodyRefused: the body is wrong.
        """
        if isinstance(self.result, BodyRefused):
            raise self.result
        return self.result


def read_sent_body(model: type[Body], data: bytes) -> SentBody[Body]:
    """Return `data` (JSON) as `model`; never raises."""
    try:
        return SentBody(peek(data), read_as(model, data, defaults={}, parse=parse_body))
    except BodyRefused as refused:
        return SentBody(peek(data), refused)


def peek(data: bytes) -> Any:
    """Return a body as plain data, before its shape is judged; None for a body without JSON.

    >>> peek(b'{"step": {"to": 5}}'), peek(b"not JSON")
    ({'step': {'to': 5}}, None)
    """
    try:
        return parse_body(data)[0]
    except BundleRefused:
        return None


def nothing_unknown(_document: Node) -> Iterable[Problem]:
    """Yield no problem: no directory is at hand to hold words against."""
    return ()


def read_as(
    model: type[Body],
    data: bytes,
    *,
    defaults: Mapping[str, Any],
    unknown: Unknown = nothing_unknown,
    parse: Parse = parse_document,
    refusal: type[BodyRefused] = BodyRefused,
) -> Body:
    """Return the `model` that `parse` finds in `data`; `defaults` stand for absent and null fields. Pure.

    `unknown` yields the plain data's names without an entry in a directory (paths as in a bundle). Data refused for its
    shape is checked for names too, so a slip never hides a second slip. `parse`: `parse_document` takes JSON and YAML,
    `parse_body` bounded JSON alone.

    Raises:
        BodyRefused: with the first hundred problems and the number of further problems, and without any value.
    """
    try:
        tree, problems = parse(data)
    except BundleRefused as refused:
        raise refusal(as_pointers(refused.problems)) from None
    if not isinstance(tree, dict):
        raise refusal((Problem("", refusals.OBJECT_WITH.format(fields=_required_fields(model))),))
    tree = {**defaults, **{key: value for key, value in tree.items() if key not in defaults or value is not None}}
    body, faults, more = None, list[Problem](), 0
    try:
        body = model.model_validate(tree)
    except ValidationError as error:
        faults, more = pointed_problems(error, model)
    for besides in (problems, unknown(Node(tree))):
        paths = {problem.path for problem in faults}
        faults += [problem for problem in as_pointers(besides) if problem.path not in paths]
    if body is None or faults:
        first, others = first_of(faults)
        raise refusal(first, more=more + others)
    return body


def _required_fields(model: type[BundleModel]) -> str:
    return " and ".join(key for key, field in model.model_fields.items() if field.is_required())


def as_pointers(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Return problems with their paths as JSON pointers. Pure.

    >>> as_pointers([Problem("needs[0].type", "is required")])
    (Problem(path='/needs/0/type', message='is required'),)
    """
    return tuple(Problem(pointer_of(problem.path), problem.message) for problem in problems)
