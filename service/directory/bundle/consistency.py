"""Contradictions: fields that are each well formed but cannot be true together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from service.infrastructure.documents.fields import byday_tokens
from service.infrastructure.documents.node import Node, organizations_of, services_of, walk
from service.infrastructure.errors import Problem
from service.words import refusals

# In any object of a bundle: the second day may not come before the first.
_DAY_ORDERS = (
    ("effective", "expires"),
    ("valid_from", "valid_to"),
    ("dtstart", "until"),
    ("since", "until"),
    ("on", "review_by"),
)
# In any object: the second number may not be below the first.
_NUMBER_ORDERS = (("minimum_age", "maximum_age"), ("available", "maximum"))
_POSITION = ("latitude", "longitude")
_RELATED = frozenset((*(name for pair in (*_DAY_ORDERS, *_NUMBER_ORDERS) for name in pair), *_POSITION, "byday"))
"""Fields of which one says what another may be: most objects have none."""


def find_contradictions(document: Node) -> Iterator[Problem]:
    """Yield a problem for each contradiction between fields of a bundle.

    >>> service = {"minimum_age": 18, "maximum_age": 11}
    >>> list(find_contradictions(Node({"organizations": [{"services": [service]}]})))
    [Problem(path='organizations[0].services[0].maximum_age', message='must not be below `minimum_age`')]
    """
    for _, row in walk(document):
        if not _RELATED.isdisjoint(row.value):
            yield from _orders(row)
    yield from _loops(document.rows("areas"), "code", "within")
    yield from _loops(organizations_of(document), "id", "parent")
    for line in document.get("coalition").rows("fallback_lines"):
        if line.get("phone").value is None and line.get("sms").value is None:
            yield line.problem(refusals.PHONE_OR_SMS)
    for entry in document.rows("vocabulary"):
        yield from _vocabulary_entry(entry)
    for _, service in services_of(document):
        yield from _referral(service.get("referral"))
    for agreement in document.rows("agreements"):
        yield from _agreement(agreement)
    for group in document.get("equivalent_forms").items():
        yield from _twice(list(group.items()))


def _orders(row: Node) -> Iterator[Problem]:
    for first, last in _given(row, _DAY_ORDERS):
        begin, end = row.day(first), row.day(last)
        if begin and end and end < begin:
            yield row.get(last).problem(refusals.NOT_BEFORE.format(first=first))
    for low, high in _given(row, _NUMBER_ORDERS):
        least, most = row.number(low), row.number(high)
        if least is not None and most is not None and most < least:
            yield row.get(high).problem(refusals.NOT_BELOW.format(low=low))
    for given, missing in (_POSITION, _POSITION[::-1]):
        if row.number(given) is not None and row.get(missing).value is None:
            yield row.get(given).problem(refusals.NEEDS_BESIDE.format(missing=missing))
    tokens = byday_tokens(row.text("byday") or "")
    if tokens and row.text("freq") != "MONTHLY" and any(len(token) > 2 for token in tokens):
        yield row.get("byday").problem(refusals.MONTHLY)


def _given(row: Node, pairs: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return the pairs of which a mapping holds both: most hold none."""
    return [pair for pair in pairs if pair[0] in row.value and pair[1] in row.value]


def _loops(rows: list[Node], key: str, above: str) -> Iterator[Problem]:
    """Yield a problem for each row whose chain of `above` leads back to the row itself, as area A within B within A."""
    upwards = {row.text(key): row.text(above) for row in rows}
    ends: set[str | None] = {None}
    for row in rows:
        trail: set[str] = set()
        at = row.text(key)
        while at is not None and at not in ends and at not in trail:
            trail.add(at)
            at = upwards.get(at)
        if at in ends:
            ends.update(trail)
        elif at == row.text(key):
            yield row.get(above).problem(refusals.LEADS_BACK.format(above=above))


def _vocabulary_entry(entry: Node) -> Iterator[Problem]:
    given = {key for key in ("code", "name", "term", "organization", "means") if entry.get(key).value is not None}
    if given not in ({"code", "name"}, {"term", "organization", "means"}):
        yield entry.problem(refusals.CODE_OR_TERM)
    if "term" in given and entry.get("kind").value is not None:
        yield entry.get("kind").problem(refusals.BELONGS_WITH_CODE)


def _referral(referral: Node) -> Iterator[Problem]:
    types, requires = referral.words("types"), referral.words("requires")
    if types and types <= requires:
        yield referral.get("requires").problem(refusals.ASKS_FOR_ITSELF)
    for trait in referral.texts("not"):
        if trait.value in referral.words("only"):
            yield trait.problem(refusals.IN_ONLY_TOO)
    for mode in referral.texts("accepts"):
        if mode.value == "packet" and not referral.texts("intake_data"):
            yield mode.problem(refusals.INTAKE_DATA)


def _agreement(agreement: Node) -> Iterator[Problem]:
    parties = list(agreement.get("between").items())
    yield from _twice(parties)
    if agreement.get("mutual").value is False and len(parties) > 2:
        yield agreement.get("mutual").problem(refusals.EXACTLY_TWO)


def _twice(nodes: list[Node]) -> Iterator[Problem]:
    seen: set[str] = set()
    for node in nodes:
        if isinstance(node.value, str):
            if node.value in seen:
                yield node.problem(refusals.NAMED_TWICE)
            seen.add(node.value)
