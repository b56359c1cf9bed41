"""The invented coalitions loaded by `demo`, and needs profiles to try on each.

No agency here is real. The files travel inside the package and are read through the package, so the files are found
wherever the application is installed. Every profile is judged at a fixed moment, its own `at`.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable

FIRST, SECOND = COALITIONS = ("four-counties", "salt-prairie")
"""The one with Texas's rules, of many agencies; and a small one in a state without a rule pack."""


def coalition_bytes(coalition: str = FIRST) -> bytes:
    """Return a demo bundle, YAML in UTF-8; reads a packaged file."""
    return (_folder(coalition) / "coalition.yaml").read_bytes()


@cache
def profile_names(coalition: str = FIRST) -> tuple[str, ...]:
    """Return the names of a coalition's profiles, sorted: file names without `.json`, the main case first.

    >>> profile_names("salt-prairie")[:2]
    ('01-mother-with-two-children', '02-officer-and-a-girl-of-14')
    """
    names = (entry.name for entry in profiles_folder(coalition).iterdir())
    return tuple(sorted(name.removesuffix(".json") for name in names if name.endswith(".json")))


def profile_bytes(name: str, coalition: str = FIRST) -> bytes:
    """Return a demo profile, JSON in UTF-8, by a name of `profile_names`; reads a packaged file.

    Raises:
        KeyError: no demo profile has the name; the message does not repeat the name.
    """
    if name not in profile_names(coalition):
        raise KeyError("profile")
    return (profiles_folder(coalition) / f"{name}.json").read_bytes()


def profiles_folder(coalition: str = FIRST) -> Traversable:
    """Return the folder with a coalition's profiles."""
    return _folder(coalition) / "profiles"


def _folder(coalition: str) -> Traversable:
    return files(__name__) if coalition == FIRST else files(__name__) / coalition
