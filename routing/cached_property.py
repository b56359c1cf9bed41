"""Properties computed once and remembered, without a lock: two threads may both compute one.

Before Python 3.12 `functools.cached_property` holds a lock for a property of all objects of a class: a search that
takes seconds would stop every other search in the process.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

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
            cache = instance.__dict__
            if self._name not in cache:
                cache[self._name] = self.func(instance)
            return cache[self._name]


__all__ = ["cached_property"]
