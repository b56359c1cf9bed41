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
    """The price of a path differs from the price in the search: a bug, so there is no answer."""
