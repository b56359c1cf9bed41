"""Properties and findings that are worked out once and kept, without a lock.

Before Python 3.12 `functools.cached_property` holds one lock for a property of all objects of a class while it is
worked out for one of them: a search that takes seconds would stop every other search in the process as soon as that
needs the same property. Here two threads that share an object may both work a property out; the results are equal.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

Made = TypeVar("Made")

if TYPE_CHECKING or sys.version_info >= (3, 12):
    from functools import cached_property
else:

    class cached_property:  # noqa: N801 - named as the one that it stands for
        """`functools.cached_property` as it is from Python 3.12 on."""

        def __init__(self, work_out: Any) -> None:
            self.func = work_out
            self.__doc__ = work_out.__doc__

        def __set_name__(self, owner: type, name: str) -> None:
            self._name = name

        def __get__(self, instance: Any, owner: type | None = None) -> Any:
            if instance is None:
                return self
            kept = instance.__dict__
            if self._name not in kept:
                kept[self._name] = self.func(instance)
            return kept[self._name]


class Findings:
    """The findings of one request, by name and by the value that each was made of.

    No finding may refer to the object that owns these findings: both are to be freed at once when the request ends.

    >>> findings = Findings()
    >>> findings.once("square", 3, lambda: 9), findings.once("square", 3, lambda: 0)
    (9, 9)
    >>> findings.known("square")
    [(3, 9)]
    """

    def __init__(self) -> None:
        self._made: dict[str, list[tuple[object, Any]]] = {}

    def once(self, name: str, of: object, make: Callable[[], Made]) -> Made:
        """Return the finding under a name for a value equal to `of`, made now if there is none. `of` need not hash."""
        known = self._made.setdefault(name, [])
        for value, made in known:
            if value == of:
                found: Made = made
                return found
        found = make()
        known.append((of, found))
        return found

    def known(self, name: str) -> Sequence[tuple[Any, Any]]:
        """Return the findings under a name, each after the value that it was made of."""
        return self._made.get(name, ())


__all__ = ["Findings", "cached_property"]
