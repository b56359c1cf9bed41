"""A synthetic coalition in a database: the time to read its rows, of a change, and to an answer under load.

The same steps as in an installation: a bundle is loaded, each process reads its snapshot from rows, and requests come
over HTTP. At half of a server's greatest rate, requests come evenly, whether or not earlier requests are answered.
"""

from __future__ import annotations

import asyncio
import json
import tempfile
from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from itertools import islice
from pathlib import Path
from statistics import median
from typing import Any

import httpx

import routing
from service.app import create_app
from service.auth import Caller, build_caller
from service.bench import chances, over_http, questions, synthetic
from service.bench.agencies import FORM, PACKS
from service.bench.measure import SEED, cpu_ms
from service.errors import NothingLoaded
from service.profile import ResolvedProfile
from service.render.page import PrintedPage
from service.serving.served import load_served
from service.serving.snapshots import Snapshots
from service.store.database import Database, open_database
from service.usecases.condition import Condition
from service.usecases.load_bundle import load_bundle
from service.usecases.read_directory import SERVICES, get_object
from service.usecases.record_body import read_body
from service.usecases.write_directory import put_object
from service.wording import measured

QUESTIONS, CHANGES = 60, 20
WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")

Document = dict[str, Any]


class NotEmpty(Exception):
    """The database holds a coalition, so measuring would overwrite data."""


def bundle_of(coalition: synthetic.SyntheticCoalition) -> bytes:
    """Return a coalition as a bundle (JSON), without the places of services and without impossible agreements."""
    records = coalition.records
    services: dict[str, list[Document]] = {}
    for one in records.services:
        services.setdefault(one.organization, []).append(_service(one))
    head = {"slug": "synthetic", "name": "Synthetic coalition", "timezone": chances.ZONE, "policy_packs": list(PACKS)}
    document = {
        "coalition": head,
        "areas": [_filled(code=a.code, name=a.name, within=a.within) for a in coalition.areas.values()],
        "organizations": [_organization(one, services.get(one.slug, [])) for one in records.organizations],
        "agreements": [_agreement(one) for one in records.agreements if _can_be(one)],
        "release_forms": [
            {
                "id": FORM,
                "name": "Release",
                "languages": ["en"],
                "marks": [],
                "elements": ["who", "whom", "what", "why", "end_date", "date", "signature"],
            }
        ],
    }
    return json.dumps(document).encode()


def _organization(one: routing.Organization, services: list[Document]) -> Document:
    return _filled(
        id=one.slug,
        name=one.name,
        description="An invented agency.",
        parent=one.parent,
        phones=[{"number": "555-0100", "type": "voice", "description": "Office"}],
        coalition=_filled(
            basis=one.basis,
            kind=one.kind,
            regimes=sorted(one.regimes),
            reporter=one.reporter,
            membership=one.membership,
            listed="public",
            accepted_forms=[FORM],
        ),
        services=services,
    )


def _service(one: routing.Service) -> Document:
    return _filled(
        id=one.slug,
        name=one.name,
        status="active" if one.active else "inactive",
        minimum_age=one.minimum_age,
        maximum_age=one.maximum_age,
        languages=None if one.languages is None else [{"code": tag} for tag in sorted(one.languages)],
        interpretation_services="by phone" if one.interpretation else None,
        service_areas=None if one.areas is None else [{"name": code} for code in sorted(one.areas)],
        schedules=[_schedule(row) for row in one.schedules],
        capacities=[
            {"unit": "bed", "available": row.available, "updated": row.updated.isoformat()}
            for row in one.capacities
            if row.available is not None and row.updated is not None
        ],
        referral=_filled(
            types=sorted(one.types),
            accepts=sorted(one.accepts),
            accepts_from=sorted(one.accepts_from),
            requires=sorted(one.requires - one.types),
            intake_data=sorted(one.intake_data),
            genders=None if one.genders is None else sorted(one.genders),
            only=sorted(one.only),
            designated=one.designated,
            response_time=None if one.response_time is None else f"PT{one.response_time // timedelta(hours=1)}H",
        )
        | ({"not": sorted(one.excludes)} if one.excludes else {}),
    )


def _schedule(row: routing.Schedule) -> Document:
    if row.weekdays is None or row.opens_at is None or row.closes_at is None:
        return {"freq": "MONTHLY", "bymonthday": "1", "opens_at": "09:00", "closes_at": "17:00"}
    days = ",".join(WEEKDAYS[day] for day in sorted(row.weekdays))
    return {"freq": "WEEKLY", "byday": days, "opens_at": f"{row.opens_at:%H:%M}", "closes_at": f"{row.closes_at:%H:%M}"}


def _can_be(one: routing.Agreement) -> bool:
    """Say whether an agreement has two parties or more, and no end before its start; not every drawn agreement has."""
    days = one.effective, one.expires
    return len(set(one.between)) > 1 and (days[0] is None or days[1] is None or days[0] <= days[1])


def _agreement(one: routing.Agreement) -> Document:
    return _filled(
        id=one.slug,
        between=list(dict.fromkeys(one.between)),
        mutual=one.mutual,
        level=one.level,
        type=one.type,
        status=one.status,
        effective=None if one.effective is None else one.effective.isoformat(),
        expires=None if one.expires is None else one.expires.isoformat(),
        types=None if one.types is None else sorted(one.types),
        data=None if one.data is None else sorted(one.data),
    )


def _filled(**given: Any) -> Document:
    return {name: value for name, value in given.items() if value is not None and value != []}


def profile_of(question: ResolvedProfile) -> bytes:
    """Return a question as a needs profile (JSON), without its consents."""
    profile, client = question.profile, question.profile.client
    ages = {"min": client.age_min, "max": client.age_max} if client.age_min is not None else None
    return json.dumps(
        {
            "origin": profile.origin,
            "at": profile.at.isoformat(),
            "client": {
                "age": ages,
                "gender": client.gender,
                "languages": None if client.languages is None else list(client.languages),
                "area": client.area,
                "traits": dict(client.traits),
                "completed": sorted(client.completed),
            },
            "needs": [{"type": n.type, "urgency": n.urgency, "required": n.required} for n in profile.needs],
            "facts": {"client_present": profile.client_present, "danger": "none"},
            "avoid": sorted(profile.avoid),
            "prefer": profile.prefer,
        }
    ).encode()


def measure_stored(
    agencies: int, *, database: str | None = None, seconds: float = 10.0, most: int = 2
) -> dict[str, Any]:
    """Return the cost of a stored coalition: of loading, reading, a change, and of answers from one process and two.

    `database`: the URL of an empty database, by default a new SQLite file. `load_ms` and `rows_ms`: processor time for
    loading the bundle and for reading the rows; `change_ms` and `follow_ms`, the median: for putting a changed service,
    and for each process to follow it. Of each server: `peak_per_second`, its rate of answers under constant
    requests; `p99_ms`, the time within which 99 in 100 are answered when requests come evenly at half the rate.

    Raises:
        NotEmpty: the database holds a coalition.
    """
    coalition = synthetic.draw_coalition(agencies, SEED)
    asked = questions.draw_questions(coalition, QUESTIONS)
    with tempfile.TemporaryDirectory() as folder:
        settings = over_http.settings_for(database or f"sqlite:///{Path(folder) / 'bench.db'}", Path(folder))
        with open_database(settings) as opened:
            opened.upgrade()
            refuse_unless_empty(opened)
            _, load_ms = cpu_ms(lambda: load_bundle(opened.unit_of_work(), bundle_of(coalition), replace=True))
            load_served(opened.unit_of_work(writes=False))
            _, rows_ms = cpu_ms(lambda: load_served(opened.unit_of_work(writes=False)))
            changes = measure_changes(opened, some_services(coalition))
        token, servers = over_http.token_of(settings, asked[0].profile.origin), {}
        for number, name in islice(over_http.WORKERS.items(), most):
            with over_http.serving(partial(create_app, settings), number) as server:
                requests = [server.request(over_http.PATH, profile_of(one), token) for one in asked]
                servers[name] = asyncio.run(_under_load(server, requests, seconds))
    return {"agencies": agencies, "load_ms": round(load_ms), "rows_ms": round(rows_ms), **changes, **servers}


def some_services(coalition: synthetic.SyntheticCoalition) -> Sequence[routing.Service]:
    """Return `CHANGES` services of a coalition, from all over it."""
    services = coalition.records.services
    return services[:: -(-len(services) // CHANGES)]


def measure_changes(database: Database, services: Sequence[routing.Service]) -> dict[str, float]:
    """Return what it takes to put a changed service and to follow it, the median of changes one after the other."""
    snapshots, put, followed = Snapshots(database), list[float](), list[float]()
    snapshots.refresh()
    for service in services:
        caller = build_caller(organization=service.organization, scopes=["directory:read", "directory:write"])
        read = get_object(database.unit_of_work(writes=False), caller, SERVICES, service.slug)
        body = json.dumps({**read.document, "description": "Another invented description."}).encode()
        as_read = Condition(frozenset({read.etag}))
        put.append(cpu_ms(partial(_put, database, caller, service.slug, body, as_read))[1])
        followed.append(cpu_ms(snapshots.refresh)[1])
    return {"change_ms": round(median(put), 1), "follow_ms": round(median(followed), 1)}


def _put(database: Database, caller: Caller, slug: str, body: bytes, condition: Condition) -> None:
    put_object(database.unit_of_work(), caller, SERVICES, slug, body=read_body(SERVICES, body), condition=condition)


def refuse_unless_empty(database: Database) -> None:
    """Check that the database holds no coalition.

    Raises:
        NotEmpty: it does.
    """
    try:
        load_served(database.unit_of_work(writes=False))
    except NothingLoaded:
        return
    raise NotEmpty


async def _under_load(server: over_http.Server, requests: Sequence[httpx.Request], seconds: float) -> dict[str, float]:
    async with over_http.connections(server, over_http.EACH) as clients:
        await over_http.ask_in_turn(clients, requests)  # warms the caches
        peak = await over_http.ask_in_turn(clients, requests, seconds=seconds)
        half = peak.per_second / 2
        due_s = [number / half for number in range(max(1, int(half * seconds)))]
        took_s = await over_http.ask_when_due(clients, requests, due_s)
    figures = over_http.quantiles_ms(took_s)
    return {"peak_per_second": round(peak.per_second, 1), **figures, "refused": peak.refused}


def tell(page: PrintedPage, stored: dict[str, Any]) -> None:
    """Print the figures of `measure_stored`."""
    page.item(measured.STORED.format_map(stored))
    for name, words in zip(over_http.WORKERS.values(), (measured.ONE_PROCESS, measured.TWO_PROCESSES), strict=True):
        if name in stored:
            page.item(measured.HALF_OF_PEAK.format_map({"words": words, **stored[name]}))
