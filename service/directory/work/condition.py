"""The expectation of a change of the directory (RFC 9110, section 13)."""

from __future__ import annotations

from dataclasses import dataclass

from service.infrastructure.errors import NoCondition, Stale

from .read_directory import Found


@dataclass(frozen=True, slots=True)
class Condition:
    """The expectation of a change. `matches`: any of the given entity tags, "*": any object; `absent`: no object.

    >>> Condition(frozenset({'"1"'})).check(Found({}, '"2"'))
    Traceback (most recent call last):
    service.infrastructure.errors.Stale
    """

    matches: frozenset[str] | None = None
    absent: bool = False

    @property
    def is_stated(self) -> bool:
        """Whether the change states an expectation at all."""
        return self.absent or self.matches is not None

    def check(self, stored: Found | None) -> None:
        """Hold the condition against the stored object.

        Raises:
            NoCondition: the change states no expectation.
            Stale: the stored object is not as expected.
        """
        if not self.is_stated:
            raise NoCondition
        if self.absent and stored is not None:
            raise Stale
        if self.matches is not None and (stored is None or not self.matches & {"*", stored.etag}):
            raise Stale
