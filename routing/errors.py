"""The errors of routing."""

from __future__ import annotations


class RoutingError(Exception):
    """Root of every error that this package raises."""


class UnknownOrganization(RoutingError):
    """The origin is not in this snapshot."""


class UnknownArea(RoutingError):
    """The client's area is not in this snapshot."""


class DirectoryError(RoutingError):
    """The records contradict each other; no snapshot was built."""


class SearchDefect(RoutingError):
    """A found path does not cost what the search computed: a bug, so no answer is given."""
