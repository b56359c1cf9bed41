"""Properties and findings that are computed once and kept, without a lock.

Before Python 3.12 `functools.cached_property` holds a lock for a property of all objects of a class while the property
of a single object is computed: a search that takes seconds would stop every other search in the process as soon as the
other search needs the same property. Here two threads with a shared object may both compute a property; the results are
equal.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
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


class Memory:
    """The findings of one request, by name and by the value from which each finding was made.

    No finding may refer to the owner of these findings: owner and findings are to be freed at once when the request
    ends.

    >>> memory = Memory()
    >>> memory.once("square", 3, lambda: 9), memory.once("square", 3, lambda: 0)
    (9, 9)
    """

    def __init__(self) -> None:
        self._made: dict[str, list[tuple[object, Any]]] = {}

    def once(self, name: str, of: object, make: Callable[[], Made]) -> Made:
        """Return the finding under a name for a value equal to `of`, made now if absent; `of` need not be hashable."""
        known = self._made.setdefault(name, [])
        for value, made in known:
            if value == of:
                return made
        found = make()
        known.append((of, found))
        return found


__all__ = ["Memory", "cached_property"]
