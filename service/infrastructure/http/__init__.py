"""HTTP for every room: connections, limits, turns, problems, media types, counts, and the description for people."""

from service.infrastructure.http.connections import STATE, build_connections
from service.infrastructure.http.cross_origin import CrossOrigin
from service.infrastructure.http.docs import SCRIPT, STYLE, docs_page
from service.infrastructure.http.headers import SecurityHeaders, is_for_people

__all__ = [
    "SCRIPT",
    "STATE",
    "STYLE",
    "CrossOrigin",
    "SecurityHeaders",
    "build_connections",
    "docs_page",
    "is_for_people",
]
