"""Small coalitions, each for one sentence of the guide: agreements of gateways, receivers of reports, numbers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from answer.test_answer import ask, bundle, consent, organization, service
from loaded import Loader

from service.answers.use_cases.next_calls import next_calls
from service.directory.snapshot.directory_snapshot import DirectorySnapshot

Serve = Callable[..., DirectorySnapshot]


@pytest.fixture
def serve(loader: Loader) -> Serve:
    """The hotline and the given organizations."""

    def serve(*organizations: dict[str, Any], **changes: Any) -> DirectorySnapshot:
        coalition = bundle() | {"agreements": [], **changes}
        coalition["organizations"] = [coalition["organizations"][0], *organizations]
        return loader.serve(coalition)[1]

    return serve


def mou(*types: str, between: tuple[str, str] = ("hotline", "clinic")) -> dict[str, Any]:
    terms = {
        "level": "coalition",
        "type": "mou",
        "status": "signed",
        "effective": "2025-01-01",
        "expires": "2027-01-01",
    }
    return {"id": "mou", "between": list(between), **terms, **({"types": list(types)} if types else {})}


RELEASE = consent("release", to=["clinic", "dest"], ends_on="2026-04-01")
DETOX = [{"type": "detox", "urgency": "now"}]


def a_way_in(*accepts: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """The clinic, and a detox that takes clients from a clinic only."""
    door = service("er", "medical_emergency", accepts=list(accepts), intake_data=["need", "identity"])
    clinic = organization("clinic", door, kind="health", regimes=["hipaa"], accepted_forms=["roi"])
    return clinic, organization("dest", service("detox", "detox", accepts_from=["health"]), kind="sud")


@pytest.mark.parametrize(
    ("agreements", "share"),
    [
        ([], []),
        ([mou("food")], []),
        ([mou("medical_emergency")], ["need", "identity"]),
        ([mou()], ["need", "identity"]),
    ],
    ids=["none", "for food", "for the gateway's service", "for all"],
)
def test_data_go_to_a_gateway_only_under_an_agreement_for_its_service(
    serve: Serve, agreements: list[Any], share: list[str]
) -> None:
    """All types of the service count as handed over, though the step meets none."""
    document = ask(
        serve(*a_way_in("warm"), agreements=agreements), needs=DETOX, consents=[RELEASE], facts={"client_present": True}
    )

    gateway, _ = document["paths"][0]["steps"]
    assert (gateway["covers"], gateway["share"]) == ([], share)
    assert [entry["rule"] for entry in gateway["withhold"]] == ([] if share else ["mou-in-force", "mou-in-force"])


@pytest.mark.parametrize("agreements", [[], [mou("food")]], ids=["none", "for food"])
def test_an_agreement_that_does_not_cover_a_gateway_closes_no_conditional_path(
    serve: Serve, agreements: list[Any]
) -> None:
    """With the client on the line the clinic takes the call; no packet may go there today."""
    directory = serve(*a_way_in("warm", "packet"), agreements=agreements)

    [path] = ask(directory, needs=DETOX, consents=[RELEASE], facts={"client_present": None})["conditional_paths"]

    assert [(condition["attribute"], condition["values"]) for condition in path["conditions"]] == [
        ("facts.client_present", [True])
    ]


def report_line(slug: str, **coalition: Any) -> dict[str, Any]:
    return organization(slug, service(f"{slug}-line", "child_protection_report"), **coalition)


CPS = report_line("cps", kind="child_welfare", basis="systems")
HURT_CHILD: dict[str, Any] = {
    "client": {"age": 14, "traits": {"sexual_assault": True}},
    "needs": [{"type": "child_protection_report", "urgency": "now"}],
    "facts": {"client_present": True},
}


@pytest.mark.parametrize(
    "other",
    [
        report_line("zeta", kind="cac"),
        report_line("zeta", kind="other_government", basis="systems"),
        report_line("zeta", kind="victim_services"),
    ],
    ids=lambda agency: str(agency["coalition"]["kind"]),
)
def test_a_receiver_that_may_be_told_less_takes_nothing_from_a_report(serve: Serve, other: dict[str, Any]) -> None:
    """The report goes to whoever may be told all that its law asks for, and holds all of it."""
    alone, beside = (ask(directory, **HURT_CHILD) for directory in (serve(CPS), serve(CPS, other)))

    [duty], [same] = (document["duties"] for document in (alone, beside))
    assert duty["must_hold"]
    assert same == duty
    assert [to["slug"] for to in same["to"]] == ["cps"]
    assert [step["share"] for path in beside["paths"][:1] for step in path["steps"]] == [duty["share"]]


def line(number: str, **changes: Any) -> dict[str, Any]:
    return {"number": number, "type": "voice", **changes}


@pytest.mark.parametrize(
    ("lines", "number"),
    [
        ([("in Travis", line("555-0111"), {}), ("in Hays", line("555-0011"), {"service_areas": [{"name": "hays"}]})],
         "555-0111"),
        ([("now", line("555-0111"), {}), ("a gone", line("555-0009"), {"status": "defunct"})], "555-0111"),
        ([("fax only", line("555-0666", type="fax"), {})], "555-0100"),
        ([("desk", line("555-0111", extension="77"), {})], "555-0111 ext. 77"),
    ],
    ids=["another area's", "a closed service's", "a fax", "an extension"],
)  # fmt: skip
def test_a_duty_names_the_number_that_takes_the_report(serve: Serve, lines: list[Any], number: str) -> None:
    """Of an active service of the report's type that may cover the client's area, as a step names it."""
    services = []
    for name, phone, changes in lines:
        offer = service(name.replace(" ", "-").lower(), "child_protection_report") | changes
        services.append({"service_areas": [{"name": "travis"}], **offer, "phones": [phone]})
    cps = organization("cps", *services, kind="child_welfare", basis="systems")
    areas = [*bundle()["areas"], {"code": "hays", "name": "Hays", "within": "us-tx"}]

    [duty] = ask(serve(cps, areas=areas), **HURT_CHILD)["duties"]

    assert [to["phone"] for to in duty["to"]] == [number]


def instead(directory: DirectorySnapshot, *needs: str) -> list[list[tuple[str, list[str]]]]:
    document = ask(
        directory, needs=[{"type": need, "urgency": "now"} for need in needs], facts={"client_present": True}
    )
    assert len(document["paths"]) > 1
    calls = next_calls(document, dict.fromkeys(needs, "now"))["calls"]
    return [[(other["to"]["slug"], other["for"]) for other in call["instead"]] for call in calls]


@pytest.mark.parametrize("terms", [{"accepts_from": ["intake"]}, {"requires": ["intake_assessment"]}], ids=str)
def test_nobody_is_named_instead_who_takes_a_client_only_after_another(serve: Serve, terms: dict[str, Any]) -> None:
    """Zeta is reached by way of the intake desk: whom to call is the desk."""
    alpha = organization("alpha", service("alpha-bed", "emergency_shelter"))
    intake = organization("intake", service("desk", "intake_assessment"))
    zeta = organization("zeta", service("zeta-bed", "emergency_shelter", **terms))

    assert instead(serve(alpha, intake, zeta), "emergency_shelter") == [[("intake", ["emergency_shelter"])]]


def test_an_organization_is_named_once_instead_for_all_that_it_meets(serve: Serve) -> None:
    """Beta has a bed and food, each at a service of its own."""
    organizations = [
        organization(slug, service(f"{slug}-bed", "emergency_shelter"), service(f"{slug}-food", "food"))
        for slug in ("alpha", "beta")
    ]

    assert instead(serve(*organizations), "emergency_shelter", "food") == [[("beta", ["emergency_shelter", "food"])]]


def test_a_dentist_is_no_advocate(serve: Serve) -> None:
    """Protected, and on the path; whom staff of systems are pointed to is the agency with an advocate."""
    dentist = organization("dentist", service("teeth", "dental"), kind="health", regimes=["hipaa"])
    voices = organization("voices", service("talk", "victim_advocacy"), kind="victim_services", regimes=["voca"])
    police = organization(
        "police", service("crimes", "law_enforcement_report"), kind="law_enforcement", basis="systems"
    )
    changes = {"origin": "police", "needs": [{"type": "dental", "urgency": "now"}]}

    sentences = [
        {notice["id"]: notice["plain"] for notice in ask(serve(*organizations), **changes)["notices"]}[
            "protected-advocate"
        ]
        for organizations in ((police, dentist), (police, dentist, voices))
    ]

    assert ["Dentist" in sentence for sentence in sentences] == [False, False]
    assert ["Voices" in sentence for sentence in sentences] == [False, True]


def test_no_number_of_the_origin_or_of_somebody_avoided_is_the_last_line(loader: Loader) -> None:
    """Their own, and those of their places and people, with an extension or without."""
    numbers = ("555-0201", "555-0202 ext 4", "555-0205", "555-0300")
    lines = [{"name": f"Line {number}", "phone": number} for number in numbers]
    hotline = bundle()["organizations"][0]
    hotline["locations"] = [{"id": "office", "location_type": "physical", "phones": [line("555-0201")]}]
    hotline["contacts"] = [{"name": "A", "title": "coalition_representative", "phones": [line("555-0202")]}]
    police = organization(
        "police", service("crimes", "law_enforcement_report"), kind="law_enforcement", basis="systems"
    )
    police["locations"] = [{"id": "station", "location_type": "physical", "phones": [line("555-0205")]}]
    coalition = bundle() | {"organizations": [hotline, police]}
    coalition |= {"agreements": [], "coalition": coalition["coalition"] | {"fallback_lines": lines}}
    directory = loader.serve(coalition)[1]

    plain, refusing = (ask(directory, avoid=avoid)["fallback_lines"] for avoid in ([], ["police"]))

    assert [fallback["phone"] for fallback in plain] == ["555-0205", "555-0300", "1-888-373-7888"]
    assert [fallback["phone"] for fallback in refusing] == ["555-0300", "1-888-373-7888"]


@pytest.mark.parametrize(
    ("at", "closes_at", "words"),
    [
        ("2026-03-08T00:30:00-06:00", "05:00", "in 3 hours 30 minutes"),
        ("2026-11-01T00:30:00-05:00", "04:15", ""),
        ("2026-11-01T00:30:00-05:00", "03:15", "in 3 hours 45 minutes"),
    ],
    ids=["an hour is left out", "an hour comes twice", "an hour comes twice, within four"],
)
def test_hours_until_closing_are_hours_that_pass(serve: Serve, at: str, closes_at: str, words: str) -> None:
    """In the nights in which the clock is changed, too."""
    hours = [{"freq": "WEEKLY", "byday": "SU", "opens_at": "00:00", "closes_at": closes_at}]
    house = organization("house", service("bed", "emergency_shelter") | {"schedules": hours})

    [step] = ask(serve(house), at=at)["paths"][0]["steps"]

    assert ("They close at" in step["inquire"], words in step["inquire"]) == (bool(words), True)


def test_a_report_within_one_house_is_internal(serve: Serve) -> None:
    """The hotline's own department takes the report."""
    department = report_line("department", kind="child_welfare", basis="systems") | {"parent": "hotline"}

    [step] = ask(serve(department), **HURT_CHILD)["paths"][0]["steps"]

    assert (step["mode"], step["relationship"]) == ("report", "internal")
