"""Outgoing Bundles: pages of a search, and the answer to a transaction. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from service.fhir.elements import Element


def search_page(resources: Iterable[Element], base: str, *, total: int, itself: str, following: str | None) -> Element:
    """Return a page of a search; `itself` and `following` are the addresses of the page and of the next page."""
    links = [{"relation": "self", "url": itself}, *([{"relation": "next", "url": following}] if following else ())]
    entries = [
        {"fullUrl": f"{base}/{one['resourceType']}/{one['id']}", "resource": one, "search": {"mode": "match"}}
        for one in resources
    ]
    page = {"resourceType": "Bundle", "type": "searchset", "total": total, "link": links}
    return page | ({"entry": entries} if entries else {})


def transaction_response(resources: Iterable[Element], base: str) -> Element:
    """Return the answer to a transaction, given the made `resources`."""
    entries = [
        {
            "fullUrl": f"{base}/{one['resourceType']}/{one['id']}",
            "resource": one,
            "response": {
                "status": "201 Created",
                "location": f"{one['resourceType']}/{one['id']}",
                "etag": f'W/"{one["meta"]["versionId"]}"',
                "lastModified": one["meta"]["lastUpdated"],
            },
        }
        for one in resources
    ]
    return {"resourceType": "Bundle", "type": "transaction-response", "entry": entries}
