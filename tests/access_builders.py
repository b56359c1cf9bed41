"""A coalition with organizations that stand to each other in every way that access knows."""

from __future__ import annotations

from typing import Any

from bundle_builders import good_bundle

CANARIES = ("Leakcanary", "31.4159", "-98.7654", "canary-place")
OUTSIDER, MEMBER, AUTHORISED = "food-bank", "member-agency", "tri-county-hotline"
UNLISTED, LISTED = "harbor-house", "open-agency"


def agency(slug: str, *, membership: str, **profile: Any) -> dict[str, Any]:
    declared = {"basis": "community", "kind": "victim_services", "membership": membership, **profile}
    service = {"id": f"{slug}-line", "name": "Line", "status": "active", "referral": {"types": ["food"]}}
    phones = [{"number": "555-0160"}]
    return {"id": slug, "name": slug.title(), "phones": phones, "coalition": declared, "services": [service]}


def coalition() -> dict[str, Any]:
    """A private, unlisted shelter; agencies that are members and not; a listed agency whose address is private."""
    bundle = good_bundle()
    place = bundle["organizations"][0]["locations"][0]
    place |= {"id": "canary-place", "latitude": 31.4159, "longitude": -98.7654, "name": "Leakcanary House"}
    place["addresses"][0]["address_1"] = "12 Leakcanary Lane"
    bundle["organizations"][0]["services"][0]["service_at_locations"] = [{"location_id": "canary-place"}]
    private = {"listed": "public", "address_private": True, "operator_authorised": [AUTHORISED]}
    open_agency = agency(LISTED, membership="active", **private)
    open_agency["locations"] = [{"id": "canary-place-2", "location_type": "physical", "name": "Leakcanary Annex"}]
    open_agency["services"][0]["referral"]["accepts_from"] = ["harbor-house", "members"]
    bundle["organizations"] += [
        open_agency,
        agency(OUTSIDER, membership="none", operator_authorised=["harbor-house", MEMBER]),
        agency(MEMBER, membership="active"),
        agency("department", membership="none") | {"parent": "harbor-house"},
    ]
    base = {"level": "cooperation", "type": "mou", "status": "draft"}
    bundle["agreements"] += [
        {**base, "id": "listed-two", "between": [LISTED, MEMBER]},
        {**base, "id": "outsider-house", "between": [OUTSIDER, UNLISTED]},
    ]
    return bundle
