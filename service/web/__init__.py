"""HTTP for every room: connections, limits, turns, problems, media types, counts, and the description for people."""

from service.web.connections import STATE, build_connections
from service.web.cross_origin import CrossOrigin
from service.web.docs import docs_router
from service.web.headers import SecurityHeaders, is_for_people

__all__ = [
    "STATE",
    "CrossOrigin",
    "SecurityHeaders",
    "build_connections",
    "docs_router",
    "is_for_people",
]
