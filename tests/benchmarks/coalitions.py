"""Seeded coalitions as bundles, usual or awkward, the same for the same size, seed and shape; and one in a database."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from math import exp
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

from benchmarks.measure import cpu_ms

from service import vocabulary
from service.database.database import Database, open_database
from service.directory.access import ROUTE_ANY
from service.directory.bundle.reader import read_bundle
from service.directory.snapshot.directory_snapshot import DirectorySnapshot, load_snapshot
from service.directory.use_cases.load_bundle import store_bundle
from service.errors import NothingLoaded
from service.maintenance.tables import all_tables
from service.security import build_caller, issue_token
from service.settings import Settings

Document = dict[str, Any]

AGENCIES = 300
AT = datetime(2026, 3, 17, 16, 0, tzinfo=UTC)
"""The moment of every question: a Tuesday at eleven in the morning, Central time."""
ZONE, PACKS, FORM, PLAIN_FORM = "America/Chicago", ("federal", "us-tx", "coalition"), "roi-standard", "roi-plain"
LANGUAGES = ("en", "es", "vi", "zh", "ar")
TOWNS, MOST_COUNTIES = 2, 254
"""How many towns a county has, and how many counties the state has at most."""
DATA = ("identity", "contact_location", "narrative", "health", "mental_health", "sud", "education", "immigration")
"""What a packet may hold besides the need."""
TRAITS = tuple(trait for trait in vocabulary.TRAITS if trait not in ("deaf", "online_exploitation", "others_held"))
"""Without those added since: a new word would draw other agencies, and figures could not be compared."""
REPORTS = ("law_enforcement_report", "child_protection_report")
ASKED_FIRST = ("intake_assessment", "case_management", "safety_planning", "victim_advocacy", "identification_documents")
SYSTEMS = ("law_enforcement", "prosecutor", "court", "child_welfare", "juvenile_justice", "immigration_authority",
           "school", "other_government")  # fmt: skip
_HOURS = ((7, "00:00", "23:59"), (5, "08:00", "17:00"), (3, "20:00", "06:00"), (4, "09:00", "13:00"))
"""How many days of the week, from when and until when."""
_AGES: tuple[Document, ...] = (
    {}, {}, {}, {"minimum_age": 18}, {"minimum_age": 18}, {"minimum_age": 11, "maximum_age": 17}, {"maximum_age": 24},
)  # fmt: skip

_NOT_IN_FORCE: tuple[Document, ...] = (
    {"status": "signed", "expires": "2026-03-01"},
    *({"status": status} for status in vocabulary.AGREEMENT_STATUSES if status != "signed"),
)


class Sort(NamedTuple):
    """A sort of agency: its weight among all, sets of regimes (none: any), and types that it has half of the time."""

    kind: str
    weight: int = 1
    regimes: tuple[tuple[str, ...], ...] = ()
    types: tuple[str, ...] = ()


@dataclass(frozen=True)
class Shape:
    """How many services and agreements there are for an agency, how many agencies `in_a_county`, and shares.

    As it stands it is usual: as directories are, most doors are open, most services local, few agencies offer much.
    `covered`: how often a service covers everywhere, the state, some counties, one town of each, or its own county.
    `closed` to some agencies alone; `ask_first` for other services; `packets`, `packets_alone`: are taken; `in_force`:
    agreements; `many_parties`: of all agreements those in force between three or more, `most_parties`. Parties of an
    agreement are among so many agencies `near` each other. `doors`: how often a door names kinds, members, parties of
    agreements, or agencies. `spread`: how uneven services are shared out; `skew`: how much more common the first types.
    """

    sorts: Sequence[Sort] = (
        Sort("community", 27, ((),)),
        Sort("victim_services", 15, ((), ("voca",), ("vawa", "voca"), ("ovc_ht",))),
        Sort("dv_shelter", 5, (("vawa", "fvpsa"), ("fvpsa", "tx_93")), ("emergency_shelter", "safety_planning")),
        Sort("trafficking_shelter", 2, (("ovc_ht",), ()), ("emergency_shelter", "long_term_safe_house")),
        Sort("sa_program", 2, (("tx_420", "voca"),)),
        Sort("cac", 1, ((),)),
        Sort("legal", 5, (("attorney",), ()), ("legal_civil", "legal_immigration", "crime_victim_compensation")),
        Sort("health", 10, (("hipaa",), ()), ("primary_medical", "medical_emergency", "forensic_medical_exam")),
        Sort("mental_health", 7, (("hipaa", "tx_611"), ("tx_611",)), ("mental_health", "trauma_counseling")),
        Sort("sud", 4, (("part2",), ("hipaa", "part2")), ("substance_use_treatment", "detox")),
        Sort("youth_program", 5, ((), ("rhy_tlp",), ("rhy_basic",))),
        Sort("homeless_program", 4, ((),), ("emergency_shelter", "transitional_housing")),
        Sort("law_enforcement", 5, ((),), ("law_enforcement_report", "victim_advocacy")),
        Sort("prosecutor", 1, ((), ("voca",)), ("court_accompaniment", "crime_victim_compensation")),
        Sort("child_welfare", 1, (("tx_261",),), ("child_protection_report", "family_reunification")),
        Sort("school", 3, ((),), ("education", "youth_drop_in")),
        Sort("other_government", 3, ((),)),
    )
    covered: Sequence[int] = (1, 9, 20, 0, 70)
    in_a_county: int = 100
    services: float = 14 / 3
    closed: float = 0.2
    ask_first: float = 0.07
    packets: float = 0.21
    packets_alone: float = 0.04
    agreements: float = 1.55
    in_force: float = 0.8
    many_parties: float = 0.04
    most_parties: int = 12
    not_active: float = 0.5
    doors: Sequence[int] = (30, 45, 30, 1)
    near: int = 24
    spread: float = 1.0
    skew: float = 0.7


USUAL = Shape()
AWKWARD = Shape(
    sorts=[*map(Sort, vocabulary.KINDS)], covered=(1, 1, 2, 1, 0), in_a_county=25, services=728 / 300, closed=0.38,
    ask_first=0.22, packets=0.5, packets_alone=0.25, agreements=1.0, in_force=180 / 300, many_parties=115 / 300,
    most_parties=200, not_active=1 / 3, doors=(1, 1, 1, 1), near=1 << 30, spread=0.0, skew=0.0,
)  # fmt: skip
"""With all the awkwardness that a bundle may hold: closed doors, packets, great agreements, what to ask for first."""


class NotEmpty(Exception):
    """The database holds a coalition, so measuring would overwrite data."""


@dataclass(frozen=True)
class Installation:
    """A database with a coalition in it, the settings for its servers, and the processor time that loading took."""

    settings: Settings
    database: Database
    load_ms: float

    def read(self) -> DirectorySnapshot:
        """Return the directory, names and rules, read from rows."""
        return load_snapshot(self.database.unit_of_work(writes=False))

    def token(self, organization: str) -> str:
        """Return a token of an organization that may ask for anybody, good for longer than a measured hour."""
        caller = build_caller(organization=organization, scopes=["route", ROUTE_ANY])
        return issue_token(self.settings, caller, ttl=timedelta(hours=12))


@contextmanager
def installed(bundle: bytes, url: str | None = None) -> Iterator[Installation]:
    """Load a bundle into an empty database, by default a new SQLite file, for a `with` block.

    Settings are the default ones, with key files in a folder (a database other than a SQLite file has none beside it)
    and without a limit of the rate.

    Raises:
        NotEmpty: the database holds a coalition.
    """
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings.model_construct(
            database=url or f"sqlite:///{folder}/bench.db", rate_limit="9999999/second", metrics_open=True,
            token_key_file=Path(folder, "token.key"), address_key_file=Path(folder, "bench.key"),
        )  # fmt: skip
        with open_database(settings) as database:
            database.upgrade(all_tables)
            with suppress(NothingLoaded):
                load_snapshot(database.unit_of_work(writes=False))
                raise NotEmpty
            read = partial(read_bundle, bundle, most_values=len(bundle))  # of any size: it is our own
            _, load_ms = cpu_ms(lambda: store_bundle(database.unit_of_work(), read(), replace=True))
            yield Installation(settings, database, load_ms)


def serve_bundle(bundle: bytes) -> DirectorySnapshot:
    """Return the directory, names and rules of a bundle, read from the rows of a database of its own."""
    with installed(bundle) as installation:
        return installation.read()


def serve(agencies: int = AGENCIES, seed: int = 1, shape: Shape = USUAL) -> DirectorySnapshot:
    """Return what a drawn coalition answers from."""
    return serve_bundle(draw_bundle(agencies, seed, shape))


def draw_bundle(agencies: int = AGENCIES, seed: int = 1, shape: Shape = USUAL) -> bytes:
    """Return the bundle (JSON) of a number of agencies.

    >>> drawn = json.loads(draw_bundle(12, shape=AWKWARD))
    >>> len(drawn["organizations"]), sum(len(one["services"]) for one in drawn["organizations"])
    (12, 29)
    """
    draw = _Draw(agencies, shape, Random(seed))
    elements = ["who", "whom", "what", "why", "end_date", "date", "signature"]
    document = {
        "coalition": {"slug": "invented", "name": "Invented", "timezone": ZONE, "policy_packs": [*PACKS]},
        "areas": draw.areas,
        "organizations": draw.organizations(),
        "agreements": [*draw.agreements()],
        "release_forms": [
            {"id": form, "name": form, "languages": ["en"], "marks": marks, "elements": elements}
            for form, marks in ((FORM, ["health", "sud"]), (PLAIN_FORM, []))
        ],
    }
    return json.dumps(document).encode()


class _Draw:
    def __init__(self, agencies: int, shape: Shape, dice: Random) -> None:
        self.shape, self.dice = shape, dice
        self.slugs = [f"agency-{number:05}" for number in range(agencies)]
        self.counties = max(3, min(MOST_COUNTIES, agencies // shape.in_a_county))
        self.areas = [*self._areas()]
        self.home = sorted(dice.randrange(self.counties) for _ in self.slugs)
        self.sorts = dice.choices(shape.sorts, [sort.weight for sort in shape.sorts], k=agencies)

    def share(self, count: int, share: float, among: Sequence[int] | None = None) -> set[int]:
        """Draw so large a share of `count`, among the numbers below it or among some of them."""
        return {*self.dice.sample(range(count) if among is None else among, round(count * share))}

    def _areas(self) -> Iterator[Document]:
        yield {"code": "state", "name": "State"}
        for county in range(self.counties):
            latitude, longitude = round(self.dice.uniform(29, 33), 3), round(self.dice.uniform(-101, -95), 3)
            place = {"latitude": latitude, "longitude": longitude}
            yield {"code": f"county-{county}", "name": f"County {county}", "within": "state", **place}
            for town in range(TOWNS):
                within = f"county-{county}"
                yield {"code": f"town-{county}-{town}", "name": f"Town {county}-{town}", "within": within}

    def organizations(self) -> list[Document]:
        """Return the agencies with their services."""
        not_active = self.share(len(self.slugs), self.shape.not_active)
        weights = [exp(self.dice.gauss(0, self.shape.spread)) for _ in self.slugs]
        organizations = [
            self._organization(number, is_active=number not in not_active) for number in range(len(self.slugs))
        ]
        owners = self.dice.choices(range(len(self.slugs)), weights, k=round(len(self.slugs) * self.shape.services))
        for owner, service in zip(owners, self._services(owners), strict=True):
            organizations[owner]["services"].append(service)
        return organizations

    def _organization(self, number: int, *, is_active: bool) -> Document:
        dice, slug, sort = self.dice, self.slugs[number], self.sorts[number]
        county = self.areas[1 + self.home[number] * (1 + TOWNS)]
        position = {name: round(county[name] + dice.gauss(0, 0.15), 4) for name in ("latitude", "longitude")}
        regimes = dice.choice(sort.regimes) if sort.regimes else dice.sample(vocabulary.REGIMES, dice.choice((0, 1, 2)))
        return {
            "id": slug,
            "name": f"Agency {number}",
            **({"parent": self.slugs[number - 1]} if number % 20 == 1 else {}),
            "phones": [{"number": "555-0100", "type": "voice", "description": "Office"}],
            "locations": [{"id": f"{slug}-place", "location_type": "physical", **position}],
            "coalition": {
                "basis": "systems" if sort.kind in SYSTEMS else "community",
                "kind": sort.kind,
                "regimes": sorted(regimes),
                "reporter": dice.choice(vocabulary.REPORTERS),
                "membership": vocabulary.MEMBERSHIPS[0] if is_active else dice.choice(vocabulary.MEMBERSHIPS[1:]),
                "listed": "public",
                "accepted_forms": dice.choice([[FORM], [FORM, PLAIN_FORM], [PLAIN_FORM], []]),
            },
            "services": [],
        }

    def _services(self, owners: Sequence[int]) -> Iterator[Document]:
        dice, shape, count = self.dice, self.shape, len(owners)
        closed, ask_first = self.share(count, shape.closed), self.share(count, shape.ask_first)
        packets = self.share(count, shape.packets)
        packets_alone = self.share(count, shape.packets_alone, sorted(packets))
        common = [code for code in vocabulary.SERVICE_TYPES if not shape.skew or code not in REPORTS]
        weights = [1 / (1 + place) ** shape.skew for place in range(len(common))]
        for number, owner in enumerate(owners):
            own = self.sorts[owner].types
            types = {dice.choice(own) if own and dice.random() < 0.5 else dice.choices(common, weights)[0]}
            types |= {*dice.choices(common, weights, k=dice.choice((0, 0, 1)))} - {*REPORTS}
            types |= {dice.choice(ASKED_FIRST)} if dice.random() < shape.ask_first else set()
            others = dice.choice([["self"], ["warm"], ["self", "warm"]])
            terms: Document = {"types": sorted(types), "accepts": others, **self._people()}
            if number in ask_first and (first := [kind for kind in dice.sample(ASKED_FIRST, 3) if kind not in types]):
                terms["requires"] = first[: dice.choice([1, 2])]
            if number in closed:
                terms["accepts_from"] = self._door()
            if number in packets:
                terms["accepts"] = ["packet"] if number in packets_alone else ["packet", *others]
                terms["intake_data"] = ["need", *dice.sample(DATA, dice.randint(0, 4))]
            yield {
                "id": f"service-{number:06}",
                "name": f"Service {number}",
                "status": "active" if dice.random() < 0.97 else "inactive",
                "service_areas": [{"name": area} for area in self._covered(self.home[owner])],
                "schedules": [self._hours()] if dice.random() < 0.75 else [],
                "languages": [{"code": tag} for tag in dice.sample(LANGUAGES, dice.choice([0, 1, 2]))],
                **({"interpretation_services": "by phone"} if dice.random() < 0.3 else {}),
                **dice.choice(_AGES),
                "capacities": self._beds(),
                "referral": terms,
            }

    def _people(self) -> Document:
        """Return whom a service takes, and how soon."""
        dice, terms = self.dice, Document()
        if dice.random() < 0.15:
            terms["genders"] = dice.sample(vocabulary.GENDERS, dice.randint(1, 4))
        if dice.random() < 0.1:
            terms["only"] = [dice.choice(TRAITS)]
        if dice.random() < 0.15:
            terms["not"] = [trait for trait in dice.sample(TRAITS, 2) if trait not in terms.get("only", ())]
        if dice.random() < 0.5:
            terms["response_time"] = f"PT{dice.choice([1, 2, 8, 24, 72])}H"
        if dice.random() < 0.4:
            terms["companions"] = dice.random() < 0.7
        return terms

    def _door(self) -> list[str]:
        """Return kinds, members, parties of agreements or named agencies, one sort of these or two."""
        kinds, slugs = (self.dice.sample(words, self.dice.randint(1, 3)) for words in (vocabulary.KINDS, self.slugs))
        drawn = self.dice.choices(
            [kinds, ["members"], ["agreement"], slugs], self.shape.doors, k=self.dice.choice([1, 1, 2])
        )
        return sorted({word for sort in drawn for word in sort})

    def _covered(self, home: int) -> list[str]:
        """Return the areas of a service; none named is everywhere."""
        around = [(home + step) % self.counties for step in range(self.dice.randint(1, 5))]
        counties = [f"county-{county}" for county in around]
        towns = [f"town-{county}-{self.dice.randrange(TOWNS)}" for county in around]
        return self.dice.choices([[], ["state"], counties, towns, [f"county-{home}"]], self.shape.covered)[0]

    def _hours(self) -> Document:
        days, opens_at, closes_at = self.dice.choice(_HOURS)
        first = 0 if days >= 5 else self.dice.randrange(3)
        byday = "MO,TU,WE,TH,FR,SA,SU"[3 * first : 3 * (first + days) - 1]
        return {"freq": "WEEKLY", "byday": byday, "opens_at": opens_at, "closes_at": closes_at}

    def _beds(self) -> list[Document]:
        if self.dice.random() < 0.6:
            return []
        updated = AT - timedelta(hours=self.dice.randint(1, 40))
        return [{"unit": "bed", "available": self.dice.randint(0, 3), "maximum": 8, "updated": updated.isoformat()}]

    def agreements(self) -> Iterator[Document]:
        """Yield the agreements: in pairs, and in groups of three parties or more."""
        dice, shape, most = self.dice, self.shape, len(self.slugs)
        count = round(most * shape.agreements)
        in_force = self.share(count, shape.in_force)
        many = self.share(count, shape.many_parties, sorted(in_force))
        types, data = vocabulary.SERVICE_TYPES, ("need", *DATA)
        for number in range(count):
            width = max(3, round(min(shape.most_parties, most * 2 // 3) ** dice.random())) if number in many else 2
            start = dice.randrange(most)
            near = [self.slugs[(start + step) % most] for step in range(min(most, shape.near))]
            yield {
                "id": f"agreement-{number:05}",
                "between": dice.sample(near, width),
                "mutual": width > 2 or dice.random() < 0.7,
                "level": dice.choice(vocabulary.AGREEMENT_LEVELS),
                "type": "mou" if number in many else dice.choice(["mou", "mou", "team", "qsoa"]),
                "effective": "2025-01-01",
                **({"status": "signed", "expires": "2036-01-01"} if number in in_force else dice.choice(_NOT_IN_FORCE)),
                **({"types": sorted(dice.sample(types, dice.randint(1, 15)))} if dice.random() < 0.4 else {}),
                **({"data": sorted(dice.sample(data, dice.randint(1, 4)))} if dice.random() < 0.4 else {}),
            }
