"""Take the service type that a test added through the program, and print what became of it. Run in the copy."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from api_builders import HOTLINE, demo_settings, load_demo, running
from read_in_spanish import left_in_english, names_of, said_in
from visitors import signed_in

import service
from service import demo
from service.database.database import open_database
from service.directory.hsds.curation.propose_types import propose_types
from service.directory.snapshot.directory_snapshot import load_snapshot
from service.directory.standard.type_map import types_of
from service.documents.document import parse_document

TYPE, HOUSE, AREA = "horse_riding", "willow-bend-youth", "demo-north"
LABELS = ("An hour with horses", "Una hora con caballos")


def bundle() -> bytes:
    """Return the demo with a stable at one house."""
    tree: dict[str, Any] = parse_document(demo.coalition_bytes())[0]
    house = next(organization for organization in tree["organizations"] if organization["id"] == HOUSE)
    place = {"service_areas": [{"name": AREA}], "status": "active"}
    house["services"].append(
        {"id": "stable", "name": "Stable", "minimum_age": 10, "referral": {"types": [TYPE]}, **place}
    )
    return json.dumps(tree, default=str).encode()


def walk(folder: Path) -> dict[str, Any]:
    """Return what each way shows of the type."""
    settings = demo_settings(folder)
    load_demo(settings, bundle())
    client = {"age": 15, "area": AREA, "languages": ["en"], "with": [{"age": 3}]}
    at = "2026-03-02T02:00:00-06:00"
    profile = {"at": at, "needs": [{"type": TYPE, "urgency": "now"}], "client": client}
    with running(settings) as api:
        met = api.post("/v1/referral-paths", profile, "route").json()
        unmet = api.post("/v1/referral-paths", {**profile, "avoid": [HOUSE]}, "route").json()
        spanish = [
            api.post("/v1/referral-paths", {**profile, "avoid": avoid}, "route", headers={"Accept-Language": "es"})
            for avoid in ([], [HOUSE])
        ]
        with open_database(settings) as database:
            names = names_of(load_snapshot(database.unit_of_work(writes=False)))
        listed = api.get("/v1/terms", "route").json()["service_types"]
        visitors = [signed_in(api, HOTLINE, "route", "directory:read", Accept_Language=one) for one in ("en", "es")]
        pages = [visitor.get("/intake").text for visitor in visitors]
    step = met["paths"][0]["steps"][-1]
    return {
        "copy": str(service.__file__).startswith(str(folder)),
        "route": step["covers"],
        "companions": [entry["attribute"] for entry in step["services"][0]["confirm"]],
        "near": [sorted({code for one in entry["near"] for code in one["covers"]}) for entry in unmet["uncovered"]],
        "not in Spanish": left_in_english(said_in([one.json() for one in spanish]), names),
        "terms": [one for one in listed if one["code"] == TYPE],
        "pages": [[label for label in LABELS if label in page] for page in pages],
        "certain": sorted(types_of(attributes("Horse Riding"), {})),
        "proposed": [proposed("-", "Animal Visits"), proposed("Hope Horses", "-")],
    }


def proposed(name: str, title: str) -> tuple[str, ...]:
    return propose_types(name, attributes(title))[0].types


def attributes(title: str) -> list[dict[str, Any]]:
    return [{"taxonomy_term": {"name": title}}]


if __name__ == "__main__":
    sys.stdout.write(json.dumps(walk(Path(sys.argv[1])), default=sorted))
