"""A tolerant look at plain data, or at a model read from it: a wrong shape is passed over, for the schema reports it.

So a dangling reference is reported although the same object also holds a misspelt key. A place in a bundle is written
as `organizations[3].services[0].minimum_age`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import takewhile
from typing import Any

from service.errors import Problem

from .base import FIELD_NAMES, BundleModel
from .fields import parse_day

ROOT = "bundle"
_NAME = re.compile(r"[A-Za-z0-9_<-]{1,64}", re.ASCII)
_PART = re.compile(r"\[(\d+)\]|([^.\[\]]+)")


def child(path: str, key: str) -> str:
    """Return the path of a key. A key unlike a field name may be data, and is shown as `?`.

    >>> child("bundle", "services"), child("services[0]", "my friend's name")
    ('services', 'services[0].?')
    """
    name = key if _NAME.fullmatch(key) else "?"
    return name if path == ROOT else f"{path}.{name}"


def path_of(location: tuple[int | str, ...]) -> str:
    """Return the path of a location: text for keys, numbers for places in a list.

    >>> path_of(("organizations", 3, "name"))
    'organizations[3].name'
    """
    path = ROOT
    for part in location:
        path = f"{path}[{part}]" if isinstance(part, int) else child(path, part)
    return path


def pointer_of(path: str) -> str:
    """Return a path as a JSON pointer; empty for the whole. A pointer ends before a key that is no field's name.

    A client's key may be data.

    >>> import service.directory.bundle  # its models name the fields
    >>> pointer_of("organizations[3].services[0]")
    '/organizations/3/services/0'
    """
    if path == ROOT:
        return ""
    return pointer_at(tuple(int(number) if number else name for number, name in _PART.findall(path)))


def pointer_at(location: tuple[int | str, ...]) -> str:
    """Return a location as a JSON pointer, which ends before a key that is no field's name.

    >>> import service.answers.profile  # its models name the fields
    >>> pointer_at(("needs", 0, "type")), pointer_at(("client", "traits", "a client's name"))
    ('/needs/0/type', '/client/traits')
    """
    return "".join(f"/{part}" for part in takewhile(_may_be_shown, location))


def _may_be_shown(part: int | str) -> bool:
    return isinstance(part, int) or part in FIELD_NAMES


def sort_key(path: str) -> list[tuple[int, str]]:
    """Return a key that sorts paths as people count: `a[2]` before `a[10]`, and the whole bundle first.

    >>> sorted(["services[10]", "services[2]", "bundle"], key=sort_key)
    ['bundle', 'services[2]', 'services[10]']
    """
    if path == ROOT:
        return []
    return [(int(number or -1), name) for number, name in _PART.findall(path)]


@dataclass(frozen=True, slots=True)
class Node:
    """A value and its place.

    >>> Node({"needs": [{"type": "food"}, "not a need"]}).rows("needs")
    [Node(value={'type': 'food'}, path='needs[0]')]
    """

    value: Any
    path: str = ROOT

    def get(self, key: str) -> Node:
        """Return the node under `key`; a node of None for an absent key."""
        return Node(self._under(key), child(self.path, key))

    def items(self) -> Iterator[Node]:
        """Yield the entries of a list; no entry of another value."""
        if isinstance(self.value, list | tuple):
            for index, value in enumerate(self.value):
                yield Node(value, f"{self.path}[{index}]")

    def rows(self, key: str) -> list[Node]:
        """Return the mappings in the list under `key`."""
        return [item for item in self.get(key).items() if isinstance(item.value, dict | BundleModel)]

    def texts(self, key: str) -> list[Node]:
        """Return the texts in the list under `key`."""
        return [item for item in self.get(key).items() if isinstance(item.value, str)]

    def words(self, key: str) -> set[str]:
        """Return the texts in the list under `key` as a set."""
        return {item.value for item in self.texts(key)}

    def text(self, key: str) -> str | None:
        """Return the text under `key`, None without a text."""
        value = self._under(key)
        return value if isinstance(value, str) else None

    def number(self, key: str) -> float | None:
        """Return the number under `key`, None without a number.

        >>> Node({"limit": 5}).number("limit"), Node({"limit": True}).number("limit")
        (5, None)
        """
        value = self._under(key)
        return value if isinstance(value, int | float) and not isinstance(value, bool) else None

    def day(self, key: str) -> date | None:
        """Return the calendar day under `key`, None without a day."""
        text = self.text(key)
        return parse_day(text) if text is not None else None

    def problem(self, message: str) -> Problem:
        """Return a problem at the node's place."""
        return Problem(self.path, message)

    def _under(self, key: str) -> Any:
        if isinstance(self.value, BundleModel):
            return self.value.under(key)
        return self.value.get(key) if isinstance(self.value, dict) else None


def walk(node: Node, list_name: str = "") -> Iterator[tuple[str, Node]]:
    """Yield every mapping at and below `node` with the name of the list or field around the mapping.

    >>> [(name, node.path) for name, node in walk(Node({"services": [{"schedules": [{}]}]}))]
    [('', 'bundle'), ('services', 'services[0]'), ('schedules', 'services[0].schedules[0]')]
    """
    waiting = [(list_name, node)] if isinstance(node.value, dict | list) else []
    while waiting:
        name, at = waiting.pop()
        if isinstance(at.value, dict):
            yield name, at
            below = [(key, at.get(key)) for key, value in at.value.items() if isinstance(value, dict | list)]
        else:
            rows = [index for index, value in enumerate(at.value) if isinstance(value, dict | list)]
            below = [(name, Node(at.value[index], f"{at.path}[{index}]")) for index in rows]
        waiting += reversed(below)


def organizations_of(document: Node) -> list[Node]:
    """Return the organizations of a bundle."""
    return document.rows("organizations")


def has_private_places(organization: Node) -> bool:
    """Say whether the address of an organization is private."""
    return organization.get("coalition").get("address_private").value is True


def services_of(document: Node) -> list[tuple[Node, Node]]:
    """Return every service of a bundle, each after its organization."""
    return [(owner, service) for owner in organizations_of(document) for service in owner.rows("services")]
