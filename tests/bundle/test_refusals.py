"""What a bundle may not say: every field, every reference, every contradiction, each by its place."""

from __future__ import annotations

import time
from typing import Any

import pytest
from bundle_builders import GOOD_YAML, LEFT_OUT, bundle_bytes, good_bundle, put

from service.directory.bundle import BundleRefused, Problem, read_bundle
from service.vocabulary import MOST_TRAITS, SERVICE_TYPES, TRAITS, policy_packs

HOUSE = "organizations[0]"
BEDS = "organizations[0].services[0]"
REFERRAL = f"{BEDS}.referral"
HOURS = f"{BEDS}.schedules[0]"
MOU = "agreements[0]"
TYPES = len(SERVICE_TYPES) + 1
"""The program's service types, and the one of the good bundle."""

# name: the place that is changed, what it becomes, where the problem is (None: at that place), a part of the message
SLIPS: dict[str, tuple[str, Any, str | None, str]] = {
    # unknown and missing fields
    "misspelt key": (f"{BEDS}.minimun_age", 11, None, "the nearest is `minimum_age`"),
    "misspelt key of ours": (f"{REFERRAL}.tpyes", ["food"], None, "the nearest is `types`"),
    "unlike any key": ("coalition.zzzz", 1, None, "allowed are slug, name, timezone, policy_packs"),
    "place is implied": (f"{BEDS}.organization_id", "harbor-house", None, "its place in the file"),
    "parent has its own field": (f"{HOUSE}.parent_organization_id", "x", None, "use `parent`"),
    "missing name": (f"{BEDS}.name", LEFT_OUT, None, "is required"),
    "missing kind": (f"{HOUSE}.coalition.kind", LEFT_OUT, None, "is required"),
    "missing basis": (f"{HOUSE}.coalition.basis", LEFT_OUT, None, "is required"),
    "null where required": (f"{BEDS}.status", None, None, "is required"),
    "no referral": (REFERRAL, LEFT_OUT, None, "is required"),
    "no types": (f"{REFERRAL}.types", [], None, "must hold at least 1"),
    "no genders": (f"{REFERRAL}.genders", [], None, "must hold at least 1"),
    "no fallback lines": ("coalition.fallback_lines", [], None, "must hold at least 1"),
    "a line without a number": ("coalition.fallback_lines[0]", {"name": "Line"}, None, "needs `phone` or `sms`"),
    "a line without a name": ("coalition.fallback_lines[0].name", LEFT_OUT, None, "is required"),
    "no packs": ("coalition.policy_packs", [], None, "must hold at least 1"),
    # types of values
    "text for a number": (f"{BEDS}.minimum_age", "11", None, "whole number"),
    "fraction for a number": (f"{BEDS}.minimum_age", 11.5, None, "whole number"),
    "switch for a number": (f"{BEDS}.minimum_age", True, None, "whole number"),
    "number for text": (f"{HOUSE}.name", 5, None, "must be text"),
    "text for a switch": (f"{MOU}.mutual", "yes", None, "true or false"),
    "text for a list": (f"{REFERRAL}.types", "food", None, "must be a list"),
    "mapping for a list": ("areas", {"code": "x"}, None, "must be a list"),
    "list for a mapping": (f"{HOUSE}.coalition", [], None, "must be a mapping"),
    "text for a mapping": (f"{MOU}.offers", "beds", None, "must be a mapping"),
    "text for an entry": ("organizations[1]", "hotline", None, "must be a mapping"),
    "blank name": (f"{HOUSE}.name", "  ", None, "must not be blank"),
    # forms of values
    "slug in capitals": (f"{HOUSE}.services[0].id", "HH_Beds", None, "a-z, 0-9 and hyphens"),
    "slug with a line end": ("areas[0].code", "us-tx\n", None, "a-z, 0-9 and hyphens"),
    "slug without end": ("release_forms[1].id", "x" * 101, None, "at most 100"),
    "bad code": ("vocabulary[1].code", "Equine", None, "a-z, 0-9 and underscores"),
    "bad clock": (f"{HOURS}.opens_at", "25:00", None, "HH:MM"),
    "clock with offset": (f"{HOURS}.closes_at", "09:00Z", None, "HH:MM"),
    "bad weekday": (f"{HOURS}.byday", "MO,XX", None, "MO,TU"),
    "no weekday": (f"{HOURS}.byday", "", None, "MO,TU"),
    "bad frequency": (f"{HOURS}.freq", "DAILY", None, "WEEKLY, MONTHLY"),
    "bad day": (f"{MOU}.effective", "2025-02-30", None, "YYYY-MM-DD"),
    "day with a time": (f"{MOU}.expires", "2027-01-01T00:00", None, "YYYY-MM-DD"),
    "day as a number": (f"{MOU}.expires", 20270101, None, "YYYY-MM-DD"),
    "moment without offset": (f"{BEDS}.capacities[0].updated", "2026-03-01T08:00:00", None, "with its offset"),
    "moment before time": (f"{BEDS}.capacities[0].updated", "0001-01-01T00:00:00+23:00", None, "with its offset"),
    "moment on no day": (f"{BEDS}.last_modified", "2026-02-30T00:00:00Z", None, "with its offset"),
    "bad duration": (f"{REFERRAL}.response_time", "2 hours", None, "ISO 8601 duration"),
    "empty duration": (f"{REFERRAL}.response_time", "PT", None, "ISO 8601 duration"),
    "months in a duration": (f"{REFERRAL}.response_time", "P1M", None, "ISO 8601 duration"),
    "endless duration": (f"{REFERRAL}.response_time", "P999999999W", None, "ISO 8601 duration"),
    "bad timezone": ("coalition.timezone", "America/Nowhere", None, "IANA time zone"),
    "timezone as a path": ("coalition.timezone", "../etc/passwd", None, "IANA time zone"),
    "bad language": (f"{BEDS}.languages[0].code", "english!", None, "BCP 47"),
    "bad form language": ("release_forms[0].languages[0]", "e", None, "BCP 47"),
    "bad e-mail": (f"{HOUSE}.contacts[0].email", "nobody", None, "e-mail"),
    "bad link": (f"{HOUSE}.website", "harbor", None, "a web address"),
    "bad extension": (f"{HOUSE}.phones[0].extension", "x1", None, "digits"),
    "unit as a number": (f"{BEDS}.capacities[0].unit", 8, None, "what is counted"),
    "blank unit": (f"{BEDS}.capacities[0].unit", " ", None, "what is counted"),
    "unit of nothing": (f"{BEDS}.capacities[0].unit", {"scheme": "x"}, f"{BEDS}.capacities[0].unit.name", "required"),
    "term without a name": (f"{BEDS}.attributes", [{"taxonomy_term": {"code": "1"}}],
                            f"{BEDS}.attributes[0].taxonomy_term.name", "is required"),
    # words
    "unknown kind": (f"{HOUSE}.coalition.kind", "shelter", None, "dv_shelter"),
    "kind nobody declares": (f"{HOUSE}.coalition.kind", "unknown", None, "must be one of"),
    "unknown basis": (f"{HOUSE}.coalition.basis", "private", None, "community, systems"),
    "unknown regime": (f"{HOUSE}.coalition.regimes[1]", "vavva", None, "fvpsa"),
    "unknown reporter": (f"{HOUSE}.coalition.reporter", "all", None, "none, child, child_and_adult"),
    "unknown membership": (f"{HOUSE}.coalition.membership", "yes", None, "active, non_active, none"),
    "unknown listing": (f"{HOUSE}.coalition.listed", "hidden", None, "public, coalition"),
    "unknown status": (f"{BEDS}.status", "open", None, "temporarily closed"),
    "unknown mode": (f"{REFERRAL}.accepts[0]", "fax", None, "warm, self, packet"),
    "unknown gender": (f"{REFERRAL}.genders[0]", "woman", None, "nonbinary"),
    "unknown data class": (f"{REFERRAL}.intake_data[0]", "everything", None, "narrative"),
    "data class of no data": (f"{MOU}.data[0]", "none", None, "must be one of"),
    "unknown mark": ("release_forms[0].marks[0]", "alcohol", None, "sud, health, immigration, privilege"),
    "unknown element": ("release_forms[0].elements[0]", "whoever", None, "end_date"),
    "unknown level": (f"{MOU}.level", "friends", None, "cooperation, coordination, coalition"),
    "unknown agreement status": (f"{MOU}.status", "active", None, "draft, signed, suspended, ended"),
    "unknown agreement type": (f"{MOU}.type", "handshake", None, "mou, team, qsoa, baa"),
    "unknown place type": (f"{HOUSE}.locations[0].location_type", "house", None, "physical, postal, virtual"),
    "unknown phone type": (f"{HOUSE}.phones[0].type", "telephone", f"{HOUSE}.phones[0].type", "voice"),
    "unknown term kind": ("vocabulary[1].kind", "service", None, "type, trait"),
    "unknown pack": ("coalition.policy_packs[1]", "us-xx", None, f"there are {', '.join(policy_packs())}"),
    "no pack to build on": ("coalition.policy_packs", ["us-tx", "coalition"], None, "others build on: federal"),
    "pack twice": ("coalition.policy_packs[1]", "federal", None, "named twice"),
    "unknown type": (f"{REFERRAL}.types[0]", "emergency_shelt", None, f"{TYPES} words, the closest: emergency_shelter"),
    "word unlike any": (f"{REFERRAL}.types[0]", "zz", None, "all of them: `referral-router schema bundle`"),
    "unknown kind, nearly": (f"{HOUSE}.coalition.kind", "dv_sheltr", None, "the closest: dv_shelter"),
    "unknown zone, nearly": ("coalition.timezone", "America/Chicgo", None, "such as America/Chicago"),
    "unknown source, nearly": (f"{REFERRAL}.accepts_from[0]", "law_enforcment", None, "the closest: law_enforcement"),
    "trait for a type": (f"{REFERRAL}.types[0]", "farm_worker", None, "is no service type"),
    "unknown type required": (f"{REFERRAL}.requires", ["intake"], f"{REFERRAL}.requires[0]", "is no service type"),
    "unknown type of a line": (
        "coalition.fallback_lines[0].for", ["shelter"], "coalition.fallback_lines[0].for[0]", "is no service type",
    ),
    "a line for nothing": ("coalition.fallback_lines[0].for", [], None, "must hold at least 1"),
    "unknown type agreed": (f"{MOU}.types[0]", "shelter", None, "is no service type"),
    "unknown trait": (f"{REFERRAL}.only[0]", "foreigner", None, "is no trait"),
    "type for a trait": (f"{REFERRAL}.not[0]", "equine_therapy", None, "is no trait"),
    "unknown source": (f"{REFERRAL}.accepts_from[0]", "everybody", None, "one of 26 words"),
    # numbers out of range
    "negative age": (f"{BEDS}.minimum_age", -1, None, "at least 0"),
    "age beyond all": (f"{BEDS}.maximum_age", 121, None, "at most 120"),
    "latitude": ("areas[1].latitude", 91, None, "at most 90"),
    "longitude": (f"{HOUSE}.locations[0].longitude", -180.5, None, "at least -180"),
    "negative capacity": (f"{BEDS}.capacities[0].available", -1, None, "at least 0"),
    "half a position": ("areas[1].longitude", LEFT_OUT, "areas[1].latitude", "needs `longitude`"),
    # references
    "no such parent": ("organizations[2].parent", "nobody", None, "is no organization"),
    "whose land it is": ("areas[1].jurisdiction", "county", None, "tribal"),
    "no such area": ("areas[1].within", "nowhere", None, "is no area"),
    "no such service area": (f"{BEDS}.service_areas[0].name", "nowhere", None, "is no area"),
    "no such party": (f"{MOU}.between[0]", "nobody", None, "is no organization"),
    "no such reader": (f"{HOUSE}.coalition.operator_authorised[0]", "nobody", None, "is no organization"),
    "no such form": (f"{HOUSE}.coalition.accepted_forms[0]", "roi-nothing", None, "is no form"),
    "no such equivalent": ("equivalent_forms[0][1]", "roi-nothing", None, "is no form"),
    "no such speaker": ("vocabulary[0].organization", "nobody", None, "is no organization"),
    "no such meaning": ("vocabulary[0].means", "safe_house", None, "is no service type or trait"),
    "another's location": (f"{BEDS}.service_at_locations", [{"location_id": "tch-office"}],
                           f"{BEDS}.service_at_locations[0].location_id", "is no location of this organization"),
    "offer by a stranger": (f"{MOU}.offers.nobody", "beds", None, "is no party"),
    "wish of a stranger": (f"{MOU}.wants.hotline-night-desk", "beds", None, "is no party"),
    # names given twice
    "organization twice": ("organizations[1].id", "harbor-house", None, "is used before"),
    "service twice": ("organizations[1].services[0].id", "hh-beds", None, "is used before"),
    "location twice": ("organizations[1].locations[0].id", "hh-house", None, "is used before"),
    "form twice": ("release_forms[1].id", "roi-standard", None, "is used before"),
    "area twice": ("areas[1].code", "us-tx", None, "is used before"),
    "code twice": ("vocabulary[2].code", "equine_therapy", None, "is defined before"),
    "code built in": ("vocabulary[1].code", "food", None, "is built in"),
    "trait built in": ("vocabulary[2].code", "pregnant", None, "is built in"),
    "organization named like a word": ("organizations[2].id", "anyone", None, "a meaning of its own"),
    # contradictions
    "ages upside down": (f"{BEDS}.maximum_age", 10, None, "below `minimum_age`"),
    "more than there is": (f"{BEDS}.capacities[0].maximum", 1, None, "below `available`"),
    "agreement ends first": (f"{MOU}.expires", "2024-12-31", None, "before `effective`"),
    "contact ends first": (f"{HOUSE}.contacts[0].until", "2023-01-01", None, "before `since`"),
    "review first": (f"{HOUSE}.coalition.declared.review_by", "2026-01-09", None, "before `on`"),
    "party twice": (f"{MOU}.between[1]", "tri-county-hotline", None, "named twice"),
    "one party": (f"{MOU}.between", ["harbor-house"], None, "at least 2"),
    "one-way between three": (f"{MOU}.between", ["tri-county-hotline", "harbor-house", "hotline-night-desk"],
                              f"{MOU}.mutual", "exactly two"),
    "private and told": (f"{HOUSE}.phones[0].description", "Ring at 1, example  ST.", None, "is to stay private"),
    "private and told deeper": (f"{BEDS}.fees_description", "Pay at 1 Example St", None, "is to stay private"),
    "packet of nothing": (f"{REFERRAL}.intake_data", [], f"{REFERRAL}.accepts[0]", "needs `intake_data`"),
    "requires itself": (f"{REFERRAL}.requires", ["emergency_shelter", "safety_planning"], None, "itself offers"),
    "only and not": (f"{REFERRAL}.not[0]", "foreign_national", None, "is in `only` too"),
    "counted day of a week": (f"{HOURS}.byday", "2MO", None, "freq: MONTHLY"),
    "form equal to itself": ("equivalent_forms[0][1]", "roi-standard", None, "named twice"),
    "form equal to nothing": ("equivalent_forms[0]", ["roi-standard"], None, "at least 2"),
    "neither code nor term": ("vocabulary[0].means", LEFT_OUT, "vocabulary[0]", "must hold either"),
    "code without a name": ("vocabulary[1].name", LEFT_OUT, "vocabulary[1]", "must hold either"),
    "code and term": ("vocabulary[1].term", "horses", "vocabulary[1]", "must hold either"),
    "kind of a term": ("vocabulary[0].kind", "trait", None, "belongs to an entry with `code`"),
}  # fmt: skip


def problems_in(bundle: Any) -> tuple[Problem, ...]:
    with pytest.raises(BundleRefused) as refusal:
        read_bundle(bundle_bytes(bundle))
    return refusal.value.problems


@pytest.mark.parametrize(("place", "value", "at", "says"), SLIPS.values(), ids=SLIPS)
def test_one_slip_is_refused_at_its_place(place: str, value: Any, at: str | None, says: str) -> None:
    """Each slip in a good bundle is refused, at the place where it was made, saying what is allowed."""
    problems = problems_in(put(good_bundle(), place, value))

    assert any(problem.path == (at or place) and says in problem.message for problem in problems)


def test_the_good_bundle_is_good() -> None:
    """The bundle that every slip is made in is itself accepted."""
    assert read_bundle(GOOD_YAML.encode()).organizations[0].id == "harbor-house"


@pytest.mark.parametrize(
    ("rows", "above", "key"),
    [("organizations", "parent", "id"), ("areas", "within", "code")],
)
def test_a_loop_is_reported_by_all_who_are_in_it(rows: str, above: str, key: str) -> None:
    """Parents or areas in a loop are refused at each of the loop's members, and at none of those below it."""
    bundle = good_bundle()
    extra = [{key: f"in-{name}", "name": name, above: f"in-{up}"} for name, up in (("a", "b"), ("b", "c"), ("c", "a"))]
    bundle[rows] += [*extra, {key: "below", "name": "below", above: "in-a"}, {key: "own", "name": "own", above: "own"}]
    first = len(bundle[rows]) - 5

    problems = problems_in(bundle)

    looped = {f"{rows}[{first + index}].{above}" for index in (0, 1, 2, 4)}
    assert {problem.path for problem in problems} == looped


def test_dates_are_ordered_wherever_two_stand_together() -> None:
    """A span that ends before it begins is refused for hours, first events and costs too."""
    bundle = good_bundle()
    put(bundle, f"{HOURS}.valid_from", "2026-02-01")
    put(bundle, f"{HOURS}.valid_to", "2026-01-01")
    put(bundle, f"{BEDS}.cost_options[0].valid_from", "2026-02-01")
    put(bundle, f"{BEDS}.cost_options[0].valid_to", "2026-01-31")

    problems = problems_in(bundle)

    assert [problem.path for problem in problems] == [
        f"{BEDS}.cost_options[0].valid_to",
        f"{HOURS}.valid_to",
    ]


@pytest.mark.parametrize(
    "phones",
    [[], [{"number": "555-0199", "type": "fax"}], [{"number": "555-0199", "type": "cell"}]],
    ids=["none", "fax", "cell"],
)
def test_a_private_address_asks_for_no_phone(phones: list[Any]) -> None:
    """What is neither misspelt nor dangling nor contradictory loads: the number may be a service's, or be missing."""
    bundle = read_bundle(bundle_bytes(put(good_bundle(), f"{HOUSE}.phones", phones)))

    assert bundle.organizations[0].coalition is not None
    assert bundle.organizations[0].coalition.address_private


@pytest.mark.parametrize(
    ("place", "text"),
    [
        (f"{HOUSE}.description", "We are at 1 Example Street."),
        (f"{HOUSE}.description", "Come to 30.3, -97.7 and ring."),
        ("organizations[1].description", "The shelter is at 1 example st, Austin"),
        ("organizations[1].services[0].description", "Shelter: 30.3 -97.7"),
        (f"{MOU}.offers.harbor-house", "beds at 1 Example St."),
    ],
)
def test_a_private_place_is_told_by_nobody(place: str, text: str) -> None:
    """Not by its own texts nor by anybody else's, not as a street nor as a position, however the street is written."""
    problems = problems_in(put(good_bundle(), place, text))

    assert [problem.path for problem in problems if "is to stay private" in problem.message] == [place]


@pytest.mark.parametrize(("line", "text"), [("17B Example Lane", "It is 17b example ln."), ("1 4th", "At 1, 4th.")])
def test_a_house_number_may_hold_a_letter(line: str, text: str) -> None:
    """A number and a word, or two numbers, are a place however they are written."""
    bundle = put(good_bundle(), f"{HOUSE}.locations[0].addresses[0].address_1", line)

    problems = problems_in(put(bundle, "organizations[1].description", text))

    assert [problem.path for problem in problems] == ["organizations[1].description"]


@pytest.mark.parametrize("text", ["One Example for all", "We have 1 example of it", "Open since 30.3.1997", "30, 97"])
def test_what_only_looks_like_a_private_place_may_be_said(text: str) -> None:
    """Some of its words, or other numbers, tell no place."""
    assert read_bundle(bundle_bytes(put(good_bundle(), "organizations[1].description", text)))


def test_an_address_line_that_repeats_a_name_keeps_nothing_private() -> None:
    """Many directories write the agency's name into the first line of its address; that tells no place."""
    bundle = good_bundle()
    put(bundle, f"{HOUSE}.locations[0].addresses[0].address_1", "Harbor House")

    agencies = read_bundle(bundle_bytes(bundle))

    assert agencies.organizations[0].name == "Harbor House"


def test_the_same_word_of_one_agency_has_one_meaning() -> None:
    """A term that one agency explains twice is refused, whatever its case; another agency may use it too."""
    bundle = good_bundle()
    bundle["vocabulary"] += [
        {"term": "Safe  HOUSE", "organization": "harbor-house", "means": "food"},
        {"term": "safe house", "organization": "tri-county-hotline", "means": "food"},
    ]

    problems = problems_in(bundle)

    assert [problem.path for problem in problems] == ["vocabulary[3].term"]


def test_as_many_traits_as_routing_holds_and_no_more() -> None:
    """Sixty-four, those built in among them, can be routed by; each one after that is refused where it stands."""
    bundle = good_bundle()
    count = len(TRAITS) + sum(entry.get("kind") == "trait" for entry in bundle["vocabulary"])
    more = [{"code": f"t_{number}", "name": "A trait", "kind": "trait"} for number in range(MOST_TRAITS - count)]
    bundle["vocabulary"] += more

    assert len(read_bundle(bundle_bytes(bundle)).vocabulary) == len(bundle["vocabulary"])

    last = len(bundle["vocabulary"])
    bundle["vocabulary"] += [{**more[0], "code": "one_more"}, {**more[0], "code": "and_one"}]
    assert [(problem.path, "one trait too many" in problem.message) for problem in problems_in(bundle)] == [
        (f"vocabulary[{last}].code", True), (f"vocabulary[{last + 1}].code", True)
    ]  # fmt: skip


def test_slips_by_the_thousand_are_told_in_no_more_time_each() -> None:
    """Four times as many take some four times as long, not sixteen: one broken file must not keep others waiting."""

    def spent(slips: int) -> float:
        bundle = good_bundle()
        bundle["release_forms"] = [{"id": f"form-{number}", "name": 1} for number in range(slips)]
        data, begun = bundle_bytes(bundle), time.process_time()
        with pytest.raises(BundleRefused):
            read_bundle(data)
        return time.process_time() - begun

    assert min(spent(4_000) for _ in range(2)) < 9 * min(spent(1_000) for _ in range(3))


def test_a_key_that_may_be_data_is_not_echoed() -> None:
    """A key that looks like no field name is shown as a question mark, for it may hold what no log should."""
    bundle = put(good_bundle(), f"{HOUSE}.name", "x")
    bundle["organizations"][0]["Canary Jane Doe, 12 Leakcanary Lane"] = 1

    problems = problems_in(bundle)

    assert [problem.path for problem in problems] == [f"{HOUSE}.?"]
    assert "anary" not in str(problems)


# Slips whose value is text of no meaning, so that a canary in it must come back nowhere.
TOGETHER = (
    "misspelt key of ours", "slug in capitals", "bad clock", "bad weekday", "bad day", "moment without offset",
    "bad duration", "bad timezone", "bad language", "bad e-mail", "bad link", "bad extension", "unknown kind",
    "unknown basis", "unknown regime", "unknown reporter", "unknown membership", "unknown listing", "unknown status",
    "unknown mode", "unknown gender", "unknown data class", "unknown mark", "unknown element", "unknown level",
    "unknown agreement status", "unknown agreement type", "unknown place type", "unknown phone type",
    "unknown term kind", "unknown pack", "unknown type", "unknown type agreed", "unknown trait", "type for a trait",
    "unknown source", "no such parent", "no such area", "no such service area", "no such party", "no such reader",
    "no such form", "no such equivalent", "no such speaker", "no such meaning", "text for a number",
)  # fmt: skip


def test_every_problem_is_found_in_one_go_and_no_value_is_echoed() -> None:
    """Dozens of different slips in one file are all reported together, and none of their values appears."""
    bundle = good_bundle()
    for name in TOGETHER:
        place, value, _, _ = SLIPS[name]
        put(bundle, place, f"{value} leakcanary" if isinstance(value, str) else value)

    with pytest.raises(BundleRefused) as refusal:
        read_bundle(bundle_bytes(bundle))

    paths = {problem.path for problem in refusal.value.problems}
    assert len(TOGETHER) >= 25
    assert [name for name in TOGETHER if (SLIPS[name][2] or SLIPS[name][0]) not in paths] == []
    assert "leakcanary" not in str(refusal.value)
    assert refusal.value.__cause__ is None


def test_a_refusal_hides_nothing_in_its_context() -> None:
    """Whoever logs the refusal with its trace logs no value: the schema's own error is not chained to it."""
    with pytest.raises(BundleRefused) as refusal:
        read_bundle(bundle_bytes(put(good_bundle(), f"{BEDS}.minimum_age", "leakcanary")))

    assert refusal.value.__cause__ is None
    assert refusal.value.__context__ is None or refusal.value.__suppress_context__
