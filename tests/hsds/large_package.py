"""Writes an invented tabular package of any size: `python tests/hsds/large_package.py FOLDER [SERVICES [DATABASE]]`.

For measuring the import; every fifth service has something in words that no program can be sure of. With DATABASE, the
URL of an empty database, the package is imported there, and what that took is printed, with the machine's load before.
"""

from __future__ import annotations

import csv
import json
import os
import resource
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from time import monotonic
from typing import Any
from uuid import UUID, uuid5

SERVICES = 100_000
SERVICES_OF_ONE = 5
_SPACE = UUID("6f0c1a6e-3b0f-4d57-9e0b-1f3c2a4b5d6e")
_WORDS = ("Food boxes", "Emergency beds", "Legal clinic", "Counseling", "Clothing closet", "Rides", "Job search")


def _id(kind: str, number: int) -> str:
    return str(uuid5(_SPACE, f"{kind}{number}"))


def tables(services: int) -> dict[str, Iterator[dict[str, Any]]]:
    """Return the rows of each table, made as they are asked for: nine rows for a service."""
    owners = range((services + SERVICES_OF_ONE - 1) // SERVICES_OF_ONE)
    every = range(services)
    return {
        "organizations": (
            {
                "id": _id("o", n),
                "name": f"House {n}",
                "description": "Help for people " * 5,
                "website": "https://a.example",
            }
            for n in owners
        ),
        "services": (
            {
                "id": _id("s", n),
                "organization_id": _id("o", n // SERVICES_OF_ONE),
                "name": f"{_WORDS[n % len(_WORDS)]} {n}",
                "description": "What is given, to whom and how. " * 6,
                "status": "active",
                "minimum_age": "" if n % 5 == 0 else 18,
                "maximum_age": 99,
                "eligibility_description": "Adults 18 and over" if n % 5 == 0 else "",
                "application_process": "Call or walk in.",
            }
            for n in every
        ),
        "locations": (
            {
                "id": _id("l", n),
                "organization_id": _id("o", n // SERVICES_OF_ONE),
                "location_type": "physical",
                "name": f"Hall {n}",
                "latitude": 30 + n % 100 / 100,
                "longitude": -97 - n % 100 / 100,
            }
            for n in every
        ),
        "service_at_location": (
            {"id": _id("x", n), "service_id": _id("s", n), "location_id": _id("l", n)} for n in every
        ),
        "addresses": (
            {
                "id": _id("a", n),
                "location_id": _id("l", n),
                "address_1": f"{n} Example St",
                "city": "Austin",
                "state_province": "TX",
                "postal_code": "78701",
                "country": "US",
                "address_type": "physical",
            }
            for n in every
        ),
        "phones": ({"id": _id("p", n), "service_id": _id("s", n), "number": f"555-01{n % 100:02}"} for n in every),
        "languages": (
            {"id": _id("g", 2 * n + k), "service_id": _id("s", n), "code": code}
            for n in every
            for k, code in enumerate(("en", "es"))
        ),
        "service_areas": ({"id": _id("r", n), "service_id": _id("s", n), "name": "Travis County"} for n in every),
        "schedules": (
            {
                "id": _id("h", n),
                "service_id": _id("s", n),
                "freq": "WEEKLY",
                "byday": "MO,TU,WE,TH,FR",
                "opens_at": "09:00",
                "closes_at": "17:00",
            }
            for n in every
        ),
    }


def write_package(folder: Path, services: int = SERVICES) -> Path:
    """Write the package into `folder` and return it."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in tables(services).items():
        first = next(rows)
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(first))
            writer.writeheader()
            writer.writerow(first)
            writer.writerows(rows)
    return folder


def measure(folder: Path, database: str) -> dict[str, float]:
    """Import the package with the command line; return wall and CPU seconds, and the most memory that it held."""
    command = Path(sys.executable).with_name("referral-router")
    load, begun = os.getloadavg()[0], monotonic()
    subprocess.run([command, "import", "hsds", folder, "--database", database], check=True)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return {
        "wall_s": round(monotonic() - begun, 1),
        "cpu_s": round(used.ru_utime + used.ru_stime, 1),  # of the program alone, without a server
        "peak_mb": round(used.ru_maxrss / 1024),
        "load_before": round(load, 1),
    }


if __name__ == "__main__":
    package = write_package(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else SERVICES)
    if len(sys.argv) > 3:
        sys.stdout.write(json.dumps(measure(package, sys.argv[3])) + "\n")
