"""Pages for people: the description of the HTTP interface, from this server alone."""

from service.web.docs import SCRIPT, STYLE, docs_page
from service.web.headers import SecurityHeaders, is_for_people

__all__ = ["SCRIPT", "STYLE", "SecurityHeaders", "docs_page", "is_for_people"]
