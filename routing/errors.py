"""What routing raises.

RoutingError
├── UnknownOrganization   the origin, or an organization named in the profile, is not in the directory
├── UnknownArea           the client's area is not in the directory
├── DirectoryError        records that no snapshot can be built from
└── SearchDefect          the search contradicts its own prices: a bug, and no answer is given
"""

from __future__ import annotations


class RoutingError(Exception):
    """Root of all errors that this package raises."""


class UnknownOrganization(RoutingError):
    """The origin is not in this snapshot."""


class UnknownArea(RoutingError):
    """The client's area is not in this snapshot."""


class DirectoryError(RoutingError):
    """The records contradict each other; a snapshot was not built."""


class SearchDefect(RoutingError):
    """A found path does not cost what the search said: a bug, so no answer is given."""
