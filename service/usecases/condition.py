"""What a change of the directory expects to find (RFC 9110, section 13)."""

from __future__ import annotations

from dataclasses import dataclass

from service.errors import NoCondition, Stale

from .read_directory import Found


@dataclass(frozen=True, slots=True)
class Condition:
    """What a change expects to find. `matches`: one of these entity tags, or "*" for anything; `absent`: nothing."""

    matches: frozenset[str] | None = None
    absent: bool = False

    def check(self, stored: Found | None) -> None:
        """Hold the condition against what is stored.

        Raises:
            NoCondition: nothing is expected.
            Stale: something else is.
        """
        if self.matches is None and not self.absent:
            raise NoCondition
        if self.absent and stored is not None:
            raise Stale
        if self.matches is not None and (stored is None or not self.matches & {"*", stored.etag}):
            raise Stale
