"""The coalition founded by an import into an empty store, so that imported records can be stored and asked about."""

from __future__ import annotations

PLACEHOLDER = "imported"  # its slug; a bundle takes its place and keeps what was imported
ASSUMED_ZONE = "UTC"  # its time zone, while nobody has said which


def is_zone_assumed(slug: str, timezone: str) -> bool:
    """Tell whether the time zone of the coalition's hours is still assumed. Pure.

    >>> is_zone_assumed("imported", "UTC"), is_zone_assumed("imported", "America/Chicago")
    (True, False)
    """
    return slug == PLACEHOLDER and timezone == ASSUMED_ZONE
