"""The coalition that an import founds where there is none, so that what it brings can be stored and asked about."""

from __future__ import annotations

PLACEHOLDER = "imported"  # its slug; a bundle takes its place and keeps what was imported
ASSUMED_ZONE = "UTC"  # its time zone, while nobody has said which


def is_zone_assumed(slug: str, timezone: str) -> bool:
    """Tell whether nobody has said in which time zone the hours of this coalition's directory are. Pure."""
    return slug == PLACEHOLDER and timezone == ASSUMED_ZONE
