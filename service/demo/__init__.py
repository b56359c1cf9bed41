"""The invented coalition that `demo` loads, and the needs profiles to try on it.

Nothing here is real. The files travel inside the package and are read through it, so that they are found wherever
the application is installed. All are judged at a fixed moment, which every profile carries as its `at`.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable


def coalition_bytes() -> bytes:
    """Return the demo bundle, YAML in UTF-8, as `service.bundle.read_bundle` takes it; reads a packaged file."""
    return (_folder() / "coalition.yaml").read_bytes()


@cache
def profile_names() -> tuple[str, ...]:
    """Return the names of the demo profiles, sorted: file names without `.json`, the main case first."""
    found = (entry.name for entry in (_folder() / "profiles").iterdir())
    return tuple(sorted(name.removesuffix(".json") for name in found if name.endswith(".json")))


def profile_bytes(name: str) -> bytes:
    """Return one demo profile, JSON in UTF-8, by a name that `profile_names` gives; reads a packaged file.

    Raises:
        KeyError: there is no demo profile of that name; the message does not repeat it.
    """
    if name not in profile_names():
        raise KeyError("profile")
    return (_folder() / "profiles" / f"{name}.json").read_bytes()


def _folder() -> Traversable:
    return files(__name__)
