"""HTTP for every room: connections, limits, turns, problems, media types, counts, and the description for people."""

from service.infrastructure.http.connections import STATE, build_connections
from service.infrastructure.http.cross_origin import CrossOrigin
from service.infrastructure.http.docs import docs_router
from service.infrastructure.http.headers import SecurityHeaders, is_for_people

__all__ = [
    "STATE",
    "CrossOrigin",
    "SecurityHeaders",
    "build_connections",
    "docs_router",
    "is_for_people",
]
