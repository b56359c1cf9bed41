"""Outgoing Bundles: pages of a search, and the answer to a transaction. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from service.fhir.elements import Element


def search_page(
    resources: Iterable[Element],
    base: str,
    *,
    total: int,
    self_url: str,
    next_url: str | None,
    included: Iterable[Element] = (),
) -> Element:
    """Return a page of a search, with the addresses of itself and of the next page, if any.

    `included`: resources that those of the page refer to; they count in no total.
    """
    links = [{"relation": "self", "url": self_url}, *([{"relation": "next", "url": next_url}] if next_url else ())]
    entries = [
        {
            "fullUrl": f"{base}/{resource['resourceType']}/{resource['id']}",
            "resource": resource,
            "search": {"mode": mode},
        }
        for mode, found in (("match", resources), ("include", included))
        for resource in found
    ]
    page = {"resourceType": "Bundle", "type": "searchset", "total": total, "link": links}
    return page | ({"entry": entries} if entries else {})


def transaction_response(
    resources: Iterable[Element], base: str, outcomes: Mapping[str, Element | None] | None = None
) -> Element:
    """Return the answer to a transaction, given the made `resources`; `outcomes`: what is told of one, by its type."""
    entries = [
        {
            "fullUrl": f"{base}/{resource['resourceType']}/{resource['id']}",
            "resource": resource,
            "response": {
                "status": "201 Created",
                "location": f"{resource['resourceType']}/{resource['id']}",
                "etag": f'W/"{resource["meta"]["versionId"]}"',
                "lastModified": resource["meta"]["lastUpdated"],
                **({"outcome": outcome} if (outcome := (outcomes or {}).get(resource["resourceType"])) else {}),
            },
        }
        for resource in resources
    ]
    return {"resourceType": "Bundle", "type": "transaction-response", "entry": entries}
