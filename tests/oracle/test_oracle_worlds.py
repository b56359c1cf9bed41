"""The brute force for conditional paths, on coalitions of two or three organizations whose answer can be seen."""

from oracle.tiny import bundle, consent, need, organization, profile, service
from oracle.worlds import ASKS, conditional_paths

HOTLINE = organization("hotline")
SHELTER = need("emergency_shelter")


def walked(found):
    """Return who each path goes to."""
    return [[to for _, to, *_ in path.steps] for path in found]


def test_a_fact_opens_a_bed():
    """The age is not known; a bed for 11 to 17 opens in some worlds, at the price of one ask."""
    rows = bundle(HOTLINE, organization("inn", service("bed", "emergency_shelter", minimum_age=11, maximum_age=17)))

    found = conditional_paths(rows, profile(SHELTER, client={"age": None}))

    assert walked(found) == [["inn"]]
    assert found[0].terms["asks"] == ASKS


def test_no_world_makes_an_adult_a_child():
    """What is known is so in every world."""
    rows = bundle(HOTLINE, organization("inn", service("bed", "emergency_shelter", maximum_age=17)))

    assert conditional_paths(rows, profile(SHELTER)) == []


def test_a_signature_opens_a_door_that_takes_packets_only():
    """Nothing is signed; somebody could sign. Once it is signed the path belongs to the present."""
    door = service("bed", "emergency_shelter", accepts=["packet"], intake_data=["need"])
    rows = bundle(HOTLINE, organization("inn", door))

    assert walked(conditional_paths(rows, profile(SHELTER))) == [["inn"]]
    assert conditional_paths(rows, profile(SHELTER, consents=[consent("hotline", "inn")])) == []


def test_no_signature_waives_a_privilege():
    """The mark `privilege` is never asked for."""
    door = service("bed", "emergency_shelter", accepts=["packet"], intake_data=["privileged"])

    assert conditional_paths(bundle(HOTLINE, organization("inn", door)), profile(SHELTER)) == []


def test_the_client_on_the_line_opens_a_door_that_takes_calls_only():
    """It is not known whether the client is there; a door that takes only warm calls waits for that."""
    rows = bundle(HOTLINE, organization("inn", service("bed", "emergency_shelter", accepts=["warm"])))

    found = conditional_paths(rows, profile(SHELTER, facts={"client_present": None}))

    assert [path.steps[0][3] for path in found] == ["warm"]
    assert conditional_paths(rows, profile(SHELTER, facts={"client_present": False})) == []


def test_child_welfare_is_a_way_in_by_choice():
    """The bed takes referrals from child welfare only; that step is the one that is asked for."""
    rows = bundle(
        HOTLINE,
        organization("office", service("desk", "case_management"), basis="systems", kind="child_welfare", regimes=[]),
        organization("inn", service("bed", "emergency_shelter", accepts_from=["child_welfare"])),
    )

    found = conditional_paths(rows, profile(SHELTER))

    assert walked(found) == [["office", "inn"]]
    assert found[0].terms["asks"] == ASKS
    assert conditional_paths(rows, profile(SHELTER, avoid=["child_welfare"])) == []


def test_a_dearer_way_is_not_worth_an_ask():
    """Where today's path is as good and cheaper, nothing is asked for; a cheaper one is offered."""
    plain = organization("plain", service("cot", "emergency_shelter"))
    near = service("bed", "emergency_shelter", maximum_age=40)
    slow = organization("plain", service("cot", "emergency_shelter", response_time="P5D"))

    asked = profile(SHELTER, client={"age": None})

    assert conditional_paths(bundle(HOTLINE, plain, organization("inn", near)), asked) == []
    assert walked(conditional_paths(bundle(HOTLINE, slow, organization("inn", near)), asked)) == [["inn"]]
