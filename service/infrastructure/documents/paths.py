"""How a place in a bundle is written: `organizations[3].services[0].minimum_age`."""

from __future__ import annotations

import re
from itertools import takewhile

from service.words import vocabulary

ROOT = "bundle"
FIELD_NAMES: set[str] = set(vocabulary.TRAITS)
"""The names that a JSON pointer may show: fields of any schema (each adds its own) and traits that are built in."""
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
