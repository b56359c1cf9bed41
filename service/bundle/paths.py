"""How a place in a bundle is written: `organizations[3].services[0].minimum_age`."""

from __future__ import annotations

import re

ROOT = "bundle"
_NAME = re.compile(r"[A-Za-z0-9_<-]{1,64}", re.ASCII)
_PART = re.compile(r"\[(\d+)\]|([^.\[\]]+)")


def child(path: str, key: str) -> str:
    """Return the path of a key. A key that does not look like a field name may be data, and is shown as `?`."""
    name = key if _NAME.fullmatch(key) else "?"
    return name if path == ROOT else f"{path}.{name}"


def path_of(location: tuple[int | str, ...]) -> str:
    """Return the path of a location: text for keys, numbers for places in a list."""
    path = ROOT
    for part in location:
        path = f"{path}[{part}]" if isinstance(part, int) else child(path, part)
    return path


def pointer_of(path: str) -> str:
    """Return a path as a JSON pointer: `/organizations/3/services/0/minimum_age`; empty for the whole."""
    return "" if path == ROOT else "".join(f"/{number or name}" for number, name in _PART.findall(path))


def sort_key(path: str) -> list[tuple[int, str]]:
    """Return a key that sorts paths as people count: `a[2]` before `a[10]`, and the whole bundle first."""
    if path == ROOT:
        return []
    return [(int(number or -1), name) for number, name in _PART.findall(path)]
