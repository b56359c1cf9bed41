"""The invented coalitions that `demo` loads, and the needs profiles to try on each.

Nothing here is real. The files travel inside the package and are read through it, so that they are found wherever
the application is installed. All are judged at a fixed moment, which every profile carries as its `at`.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable

FIRST, SECOND = COALITIONS = ("four-counties", "salt-prairie")
"""The one with Texas's rules, of many agencies; and a small one in a state without a rule pack."""


def coalition_bytes(coalition: str = FIRST) -> bytes:
    """Return a demo bundle, YAML in UTF-8, as `service.bundle.read_bundle` takes it; reads a packaged file."""
    return (_folder(coalition) / "coalition.yaml").read_bytes()


@cache
def profile_names(coalition: str = FIRST) -> tuple[str, ...]:
    """Return the names of a coalition's profiles, sorted: file names without `.json`, the main case first."""
    found = (entry.name for entry in profiles_folder(coalition).iterdir())
    return tuple(sorted(name.removesuffix(".json") for name in found if name.endswith(".json")))


def profile_bytes(name: str, coalition: str = FIRST) -> bytes:
    """Return one demo profile, JSON in UTF-8, by a name that `profile_names` gives; reads a packaged file.

    Raises:
        KeyError: there is no demo profile of that name; the message does not repeat it.
    """
    if name not in profile_names(coalition):
        raise KeyError("profile")
    return (profiles_folder(coalition) / f"{name}.json").read_bytes()


def profiles_folder(coalition: str = FIRST) -> Traversable:
    """Return the folder that holds a coalition's profiles."""
    return _folder(coalition) / "profiles"


def _folder(coalition: str) -> Traversable:
    return files(__name__) if coalition == FIRST else files(__name__) / coalition
