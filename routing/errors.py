"""The errors of routing.

RoutingError
├── UnknownOrganization   the origin, or an organization named in the profile, is not in the directory
├── UnknownArea           the client's area is not in the directory
├── DirectoryError        records from which no snapshot can be built
└── SearchDefect          the search contradicts its own prices: a bug, and no answer is given
"""

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
