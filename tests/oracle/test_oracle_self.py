"""The oracle held against cases worked out by hand from the contract, and the generator of its instances."""

import json
from collections import Counter

import pytest
from length import draws
from oracle import brute
from oracle.instances import make_bundle_text, make_instance, shuffle
from oracle.tiny import ALL_WEEK, agreement, bundle, consent, need, organization, profile, service

HOTLINE = organization("hotline")
PACKET = {"accepts": ["packet"], "intake_data": ["need", "identity"]}


def terms_of(path):
    """Return the cost terms that are not 0."""
    return {name: value for name, value in path.terms.items() if value}


# -- the generator -----------------------------------------------------------------------------------------


def test_an_instance_depends_on_its_seed_alone():
    """The same seed gives the same pair, and another seed another."""
    assert make_instance(3) == make_instance(3)
    assert make_instance(3) != make_instance(4)
    assert json.loads(make_bundle_text(make_instance(3)[0])) == make_instance(3)[0]


def test_the_order_of_rows_never_matters():
    """A bundle and profile shuffled but for needs have the same paths; one-way agreements keep their direction."""
    for seed in range(draws(30)):
        rows, wants = make_instance(seed)

        shuffled = shuffle(rows, seed)

        keys = [path.key for path in brute.best_paths(rows, wants)]
        asked = {**shuffle(wants, seed), "needs": wants["needs"]}
        assert keys == [path.key for path in brute.best_paths(shuffled, asked)]
        one_way = {a["id"]: a["between"] for a in rows["agreements"] if not a["mutual"]}
        assert one_way == {a["id"]: a["between"] for a in shuffled["agreements"] if not a["mutual"]}


def test_the_generator_reaches_every_part_of_the_contract():
    """Among 120 seeds there are all modes, all exposures, gateways, added prerequisites, and several answers."""
    seen, decided = set(), Counter()
    for seed in range(120):
        rows, wants = make_instance(seed)
        paths = brute.best_paths(rows, wants)
        seen |= {f"answers {min(3, len(brute.alternatives(rows, wants, paths=paths)))}"}
        for path in paths[:1]:
            seen |= {path.exposure, *(step[3] for step in path.steps), *(step[5] for step in path.steps)}
            seen |= {"gateway" for step in path.steps if not step[4]}
            seen |= {"added" for step in path.steps if set(step[4]) - set(path.covers)}
            seen |= {"onward" for step in path.steps if step[0] != wants["origin"]}
        decided.update(term for term in ("order", "specialised") if is_decided_by(term, paths))

    assert seen >= {"warm", "self", "packet", "internal", "protected", "disclosed", "discoverable", "gateway"}
    assert seen >= {"added", "onward", "public", "cooperation", "coordination", "coalition"}
    assert seen >= {"answers 0", "answers 1", "answers 2", "answers 3"}
    assert min(decided["order"], decided["specialised"]) >= 3


def is_decided_by(term, paths):
    """Say whether another path would be the best without a cost term."""

    def rest(path):
        left, total, *others = path.key
        return left, total - path.terms[term], *others

    return bool(paths) and min(paths, key=rest).key != paths[0].key


# -- prices, worked out by hand ----------------------------------------------------------------------------


def test_one_warm_hand_off():
    """100 for the hand-off, 30 without agreement, 10 for unknown beds; 8 x (1 hour to call + 2 hours of response)."""
    shelter = organization("shelter", service("beds", "emergency_shelter", capacities=[], response_time="PT2H"))

    (path,) = brute.best_paths(bundle(HOTLINE, shelter), profile(need("emergency_shelter")))

    assert path.steps == (("hotline", "shelter", ("beds",), "warm", ("emergency_shelter",), "public"),)
    assert terms_of(path) == {"handoffs": 100, "delay": 24, "uncertain": 10, "relationship": 30}
    assert path.key == ((0, 0, 0, 0), 164, 1, ((False, 4, 0, "shelter", ("beds",)),))


def test_delay_counts_what_is_open_when_a_hand_off_begins():
    """Two self hand-offs of 2 hours: 2 x (8 + 4) with both needs open, then 2 x 4, or 2 x 8 if food went first."""
    one = organization("one", service("bed", "emergency_shelter"))
    two = organization("two", service("meal", "food"))

    paths = brute.best_paths(
        bundle(HOTLINE, one, two),
        profile(need("emergency_shelter"), need("food", "today"), facts={"client_present": None}),
    )

    assert terms_of(paths[0]) == {"handoffs": 200, "delay": 32, "mode": 20, "relationship": 60}
    delays = {(tuple(step[1] for step in path.steps), path.terms["delay"]) for path in paths if len(path.steps) == 2}
    assert delays == {(("one", "two"), 32), (("two", "one"), 40)}


def test_a_packet_costs_four_hours_and_twenty_points():
    """8 x 4 hours, 20 for the mode, 100 and 30."""
    org = organization("org", service("a", "food", **PACKET))

    path = brute.best_paths(bundle(HOTLINE, org), profile(need("food"), consents=[consent("hotline", "org")]))[0]

    assert terms_of(path) == {"handoffs": 100, "delay": 32, "mode": 20, "relationship": 30}


def test_the_lenses_multiply_their_terms():
    """The delay is 8 x (1 + 3). soonest: delay x4, discoverable 60; fewest_handoffs: 400 for each."""
    police = organization(
        "police", service("desk", "transportation", response_time="PT3H"), basis="systems", regimes=[]
    )
    rows = bundle(HOTLINE, police)

    paths = {
        lens: brute.best_paths(rows, profile(need("transportation"), prefer=lens))[0]
        for lens in ("balanced", "soonest", "fewest_handoffs", "most_private")
    }

    assert {lens: path.total for lens, path in paths.items()} == {
        "balanced": 100 + 30 + 32 + 1_000_000,
        "soonest": 100 + 30 + 4 * 32 + 60,
        "fewest_handoffs": 400 + 30 + 32 + 1_000_000,
        "most_private": 100 + 30 + 32 + 1_000_000,
    }
    assert paths["soonest"].exposure == "discoverable"


def test_exposure_is_spared_only_where_the_whole_step_is_about_reporting():
    """A report to police costs as disclosed; with anything else in the same step it does not."""
    types = ["law_enforcement_report", "food"]
    police = organization("police", service("desk", *types), kind="law_enforcement", basis="systems", regimes=[])
    rows = bundle(HOTLINE, police)

    report = brute.best_paths(rows, profile(need("law_enforcement_report")))[0]
    both = brute.best_paths(rows, profile(*(need(code) for code in types)))[0]

    assert (report.terms["exposure"], report.exposure) == (20, "discoverable")
    assert (both.terms["exposure"], len(both.steps)) == (1_000_000, 1)


def test_a_report_that_only_a_service_asks_for_is_not_spared():
    """The exemption is for needs of the profile: an added report to police costs as any other discoverable step."""
    police = organization("police", service("desk", "law_enforcement_report"), basis="systems", regimes=[])
    clinic = organization("clinic", service("exam", "dental", requires=["law_enforcement_report"]))
    rows = bundle(HOTLINE, police, clinic)

    added = brute.best_paths(rows, profile(need("dental")))[0]
    asked = brute.best_paths(rows, profile(need("dental"), need("law_enforcement_report")))[0]

    assert (added.terms["exposure"], asked.terms["exposure"]) == (1_000_000, 20)


def test_an_optional_need_stays_open_rather_than_being_discoverable():
    """1000 for leaving it open is less than 1,000,000; a required need is met at any price."""
    school = organization("school", service("class", "education"), basis="systems", regimes=[])
    rows = bundle(HOTLINE, school, organization("pantry", service("meal", "food")))

    optional = brute.best_paths(rows, profile(need("food"), need("education", required=False)))[0]
    required = brute.best_paths(rows, profile(need("food"), need("education")))[0]

    assert (optional.uncovered_optional, terms_of(optional)) == (
        ("education",),
        {"handoffs": 100, "delay": 8, "relationship": 30, "optional_uncovered": 1000},
    )
    assert required.uncovered_required == ()
    assert required.terms["exposure"] == 1_000_000


def test_distance_is_one_point_for_each_5_km_begun():
    """One degree of latitude is 111.19 km, so 23 points; a private address, or no position, costs nothing."""
    place = {"id": "p", "location_type": "physical", "latitude": 31.0, "longitude": -97.0}
    far = organization("far", service("a", "food"), locations=[place])
    private = organization("private", service("b", "food"), locations=[place], address_private=True)

    paths = brute.best_paths(bundle(HOTLINE, far, private), profile(need("food")))

    assert [(path.steps[0][1], path.terms["distance"]) for path in paths] == [("private", 0), ("far", 23)]


def test_what_is_not_designated_costs_where_something_is():
    """30 for passing by the provider that the coalition named; nothing where it named none."""
    named = organization("named", service("a", "food", designated=True))
    other = organization("other", service("b", "food"))

    paths = brute.best_paths(bundle(HOTLINE, named, other), profile(need("food")))

    assert [(path.steps[0][1], path.terms["not_designated"]) for path in paths] == [("named", 0), ("other", 30)]


def test_the_origins_own_service_is_no_hand_off():
    """An internal step has no hand-off, exposure or relationship; two in a row are one step."""
    own = organization("hotline", service("a", "food"), service("b", "clothing"), basis="systems")

    paths = brute.best_paths(bundle(own), profile(need("food"), need("clothing")))

    assert paths[0].steps == (("hotline", "hotline", ("a", "b"), "internal", ("clothing", "food"), "internal"),)
    assert (paths[0].total, paths[0].exposure) == (0, "protected")
    assert all(len(path.steps) == 1 for path in paths)


# -- steps, prerequisites, gateways ------------------------------------------------------------------------


def test_a_step_uses_the_first_mode_that_all_its_services_accept():
    """warm for one service and self for the other: together self, or else two hand-offs."""
    org = organization(
        "org", service("a", "food", accepts=["warm", "self"]), service("b", "clothing", accepts=["self"])
    )

    best = brute.best_paths(bundle(HOTLINE, org), profile(need("food"), need("clothing")))[0]

    assert [step[3] for step in best.steps] == ["self"]
    assert terms_of(best) == {"handoffs": 100, "delay": 32, "mode": 10, "relationship": 30}


def test_an_agreement_must_cover_everything_handed_over_in_the_step():
    """An agreement for food covers a hop for food, and none for food and clothing together."""
    org = organization("org", service("a", "food", "clothing"))
    rows = bundle(HOTLINE, org, agreements=[agreement("hotline", "org", types=["food"], level="coordination")])

    food = brute.best_paths(rows, profile(need("food")))[0]
    both = brute.best_paths(rows, profile(need("food"), need("clothing")))[0]

    assert (food.steps[0][5], food.terms["relationship"]) == ("coordination", 10)
    assert (both.steps[0][5], both.terms["relationship"]) == ("public", 30)


def test_a_one_way_agreement_and_its_last_day():
    """mutual false runs from the first to the second; the end day is inclusive."""
    for extra, level in [
        ({"mutual": False}, "coalition"),
        ({"expires": "2026-03-02"}, "coalition"),
        ({"expires": "2026-03-01"}, "public"),
        ({"effective": "2026-03-03"}, "public"),
        ({"status": "draft"}, "public"),
        ({"type": "qsoa"}, "public"),
    ]:
        rows = bundle(
            HOTLINE, organization("org", service("a", "food")), agreements=[agreement("hotline", "org", **extra)]
        )
        assert brute.best_paths(rows, profile(need("food")))[0].steps[0][5] == level, extra
    back = bundle(
        HOTLINE,
        organization("org", service("a", "food")),
        agreements=[agreement("org", "hotline", mutual=False)],
    )
    assert brute.best_paths(back, profile(need("food")))[0].steps[0][5] == "public"


def test_a_department_is_internal_to_its_house_and_still_a_hand_off():
    """A hop between a parent and its department has no relationship cost, and costs 100."""
    ward = organization("ward", service("a", "food"), parent="hotline")

    path = brute.best_paths(bundle(HOTLINE, ward), profile(need("food")))[0]

    assert (path.steps[0][5], terms_of(path)) == ("internal", {"handoffs": 100, "delay": 8})


def test_an_added_prerequisite_is_judged_at_the_urgency_of_who_requires_it():
    """A closed assessment cannot precede a need for now; for a need for later its wait costs 1 point an hour."""
    evening = [{"freq": "WEEKLY", "byday": ALL_WEEK, "opens_at": "13:00", "closes_at": "17:00"}]
    desk = organization("desk", service("check", "intake_assessment", schedules=evening))
    shelter = organization("shelter", service("bed", "emergency_shelter", requires=["intake_assessment"]))
    rows = bundle(HOTLINE, desk, shelter)

    now = brute.best_paths(rows, profile(need("emergency_shelter", "now")))
    later = brute.best_paths(rows, profile(need("emergency_shelter", "later")))
    own = brute.best_paths(rows, profile(need("emergency_shelter", "now"), need("intake_assessment", "today")))
    done = brute.best_paths(rows, profile(need("emergency_shelter"), client={"completed": ["intake_assessment"]}))

    assert now == []
    assert [step[4] for step in later[0].steps] == [("intake_assessment",), ("emergency_shelter",)]
    assert (later[0].covers, later[0].terms["delay"]) == (("emergency_shelter",), (1 + 1) + 3 + 1 + 1)
    assert own[0].terms["delay"] == (8 + 4) + 4 * 3 + 8  # a need is judged at its own urgency, and nothing is added
    assert [step[1] for step in done[0].steps] == ["shelter"]


def test_a_prerequisite_may_be_met_in_the_same_step_but_not_in_a_circle():
    """A service may follow another in one step; two that wait for each other are never met."""
    first = service("check", "intake_assessment")
    second = service("bed", "emergency_shelter", requires=["intake_assessment"])
    circle = service("check", "intake_assessment", requires=["emergency_shelter"])

    met = brute.best_paths(bundle(HOTLINE, organization("org", first, second)), profile(need("emergency_shelter")))
    stuck = brute.best_paths(bundle(HOTLINE, organization("org", circle, second)), profile(need("emergency_shelter")))

    assert met[0].steps[0][2] == ("bed", "check")
    assert terms_of(met[0]) == {"handoffs": 100, "delay": (8 + 8) + 1, "relationship": 30}
    assert stuck == []


def test_at_most_two_prerequisites_are_added():
    """A chain of two is a path; a chain of three is not."""
    chain = ["food", "clothing", "dental", "education"]
    services = [
        service(code.replace("_", "-"), code, requires=chain[index + 1 : index + 2]) for index, code in enumerate(chain)
    ]
    rows = bundle(HOTLINE, organization("org", *services))

    assert brute.best_paths(rows, profile(need("food"))) == []
    assert brute.best_paths(rows, profile(need("clothing")))[0].terms["delay"] == 3 * 8 + 2


def test_a_prerequisite_that_is_an_uncovered_need_closes_what_asks_for_it():
    """A need that nobody meets is not met as a prerequisite either."""
    org = organization("org", service("bed", "emergency_shelter", requires=["food"]), service("x", "clothing"))

    path = brute.best_paths(bundle(HOTLINE, org), profile(need("emergency_shelter"), need("food"), need("clothing")))[0]

    assert (path.covers, path.uncovered_required) == (("clothing",), ("emergency_shelter", "food"))
    assert path.key[0] == (2, 0, 0, 0)


def gated(**gateway):
    """Return hotline, a clinic that takes referrals from the center alone, and the center."""
    clinic = organization("clinic", service("exam", "forensic_medical_exam", accepts_from=["center"]))
    return bundle(HOTLINE, clinic, organization("center", service("talk", "peer_support"), **gateway))


def test_a_gateway_opens_a_door_that_refuses_the_origin():
    """Two hand-offs of 100 and 30; the gateway covers nothing and is passed by where it is not needed."""
    path = brute.best_paths(gated(), profile(need("forensic_medical_exam")))[0]

    assert path.steps[0] == ("hotline", "center", ("talk",), "warm", (), "public")
    assert path.steps[1][:2] == ("center", "clinic")
    assert terms_of(path) == {"handoffs": 200, "delay": 8 + 8, "relationship": 60}
    assert path.covering == {"clinic"}


def test_a_step_that_covers_a_need_opens_the_same_door():
    """The center as a step for a need is the holder before the clinic: no gateway."""
    path = brute.best_paths(gated(), profile(need("forensic_medical_exam"), need("peer_support")))[0]

    assert [step[4] for step in path.steps] == [("peer_support",), ("forensic_medical_exam",)]
    assert path.steps[1][0] == "center"


@pytest.mark.parametrize("kind", ["law_enforcement", "prosecutor", "child_welfare", "immigration_authority"])
def test_some_kinds_are_never_a_gateway(kind):
    """Their gateways are a choice for conditional paths."""
    assert brute.best_paths(gated(kind=kind), profile(need("forensic_medical_exam"))) == []


def test_a_gateway_never_gets_round_a_consent():
    """A clinic that admits the origin is not reached through a center that may send more: from nowhere on the path."""
    clinic = organization("clinic", service("exam", "dental", accepts_from=["center", "hotline"], **PACKET))
    others = organization("center", service("talk", "peer_support")), organization("pantry", service("meal", "food"))
    wants = profile(need("dental"), need("food"), consents=[consent("center", "clinic")])

    paths = brute.best_paths(bundle(HOTLINE, clinic, *others), wants)

    assert {path.covers for path in paths} == {("food",)}


def test_a_gateway_may_have_prerequisites_of_its_own():
    """What its service requires is added before it, at the urgency of the step after it: 1 point, 8 x 1 hour."""
    desk = organization("desk", service("check", "intake_assessment", response_time="PT1H"))
    center = organization("center", service("talk", "peer_support", requires=["intake_assessment"]))
    clinic = organization("clinic", service("exam", "dental", accepts_from=["center"]))
    rows = bundle(HOTLINE, desk, center, clinic)

    best = brute.best_paths(rows, profile(need("dental")))[0]

    assert [step[1] for step in best.steps] == ["desk", "center", "clinic"]
    assert terms_of(best) == {"handoffs": 300, "delay": 16 + 8 + 8 + 8 + 1, "relationship": 90}
    assert brute.best_paths(bundle(HOTLINE, center, clinic), profile(need("dental"))) == []


# -- alternatives, sole providers, uncovered ---------------------------------------------------------------


def test_a_later_path_does_without_someone_of_every_earlier_one():
    """Three pantries are three answers; the shelter that all of them need is the sole provider."""
    shelter = organization("shelter", service("bed", "emergency_shelter"))
    pantries = [organization(f"pantry-{n}", service(f"meal-{n}", "food")) for n in "abc"]
    wants = profile(need("food"), need("emergency_shelter"))

    rows = bundle(HOTLINE, shelter, *pantries)
    answers = brute.alternatives(rows, wants)

    assert [sorted(path.covering - {"shelter"}) for path in answers] == [["pantry-a"], ["pantry-b"], ["pantry-c"]]
    assert brute.sole_providers(rows, wants) == ["shelter"]
    assert len(brute.alternatives(rows, wants, limit=2)) == 2


def test_another_gateway_is_not_another_answer():
    """Doing without an organization means one that covers something; the clinic is in both paths."""
    clinic = organization("clinic", service("exam", "dental", accepts_from=["center", "club"]))
    doors = organization("center", service("talk", "peer_support")), organization("club", service("play", "food"))
    rows = bundle(HOTLINE, clinic, *doors)

    assert len(brute.best_paths(rows, profile(need("dental")))) == 2
    assert len(brute.alternatives(rows, profile(need("dental")))) == 1
    assert brute.sole_providers(rows, profile(need("dental"))) == ["clinic"]


def test_uncovered_counts_services_by_reason():
    """Each service counts once under every reason it fails; unknown only where nothing else does."""
    out = organization(
        "org",
        service("a", "food", maximum_age=17, service_areas=[{"name": "elsewhere"}]),
        service("b", "food", status="inactive", maximum_age=17),
        service("c", "food", only=["runaway"]),
        service("d", "food", only=["runaway"], minimum_age=40),
    )

    answer = brute.uncovered(bundle(HOTLINE, out), profile(need("food"), need("dental")))

    assert answer == {
        "dental": {"no_service": 0},
        "food": {"age": 2, "area": 1, "closed": 1, "unknown": 1},
    }


def test_uncovered_names_what_stops_a_hand_off():
    """source, mode, consent, agreement and prerequisite, each alone."""
    member = {"membership": "active"}
    rows = bundle(
        organization("hotline", regimes=[], **member),
        organization("a", service("a1", "food", accepts_from=["nobody"])),
        organization("b", service("b1", "clothing", accepts=["warm"])),
        organization("c", service("c1", "dental", **PACKET)),
        organization("d", service("d1", "education", **PACKET), **member),
        organization("e", service("e1", "employment", requires=["detox"])),
    )
    wants = profile(
        *(need(code) for code in ("food", "clothing", "dental", "education", "employment")),
        facts={"client_present": False},
        consents=[consent("hotline", "d")],
    )

    assert brute.uncovered(rows, wants) == {
        "clothing": {"mode": 1},
        "dental": {"consent": 1},
        "education": {"agreement": 1},
        "employment": {"prerequisite": 1},
        "food": {"source": 1},
    }


def test_avoided_organizations_are_in_no_role():
    """Neither as a step nor as a gateway, by name or by kind."""
    wants = profile(need("forensic_medical_exam"), avoid=["center"])

    assert brute.best_paths(gated(), wants) == []
    assert brute.best_paths(gated(kind="cac"), {**wants, "avoid": ["cac"]}) == []
