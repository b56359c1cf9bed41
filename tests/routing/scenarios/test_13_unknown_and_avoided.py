"""13. What is not known is neither yes nor no, and whom the client refuses is in no path."""

import pytest
from builders import area, beds, client, find, organization, profile, service, snapshot
from drawing import best_picture, pictures, reasons

HOTLINE, SHELTER = organization("hotline"), organization("shelter")
PLACES = (area("us-tx"), area("travis", within="us-tx"), area("austin", within="travis"), area("hays", within="us-tx"))


@pytest.mark.parametrize(
    ("bed", "client_facts", "reason"),
    [
        ({"minimum_age": 11, "maximum_age": 17}, {"age": 15}, None),
        ({"minimum_age": 11, "maximum_age": 17}, {"age": 18}, "age"),
        ({"minimum_age": 11, "maximum_age": 17}, {"age": None}, "unknown"),
        ({"minimum_age": 18}, {"age_min": 16, "age_max": 19}, "unknown"),
        ({"genders": ("female",)}, {"gender": "female"}, None),
        ({"genders": ("female",)}, {"gender": "male"}, "gender"),
        ({"genders": ("female",)}, {"gender": None}, "unknown"),
        ({"interpretation": False, "languages": ("es",)}, {"languages": ("es-MX",)}, None),
        ({"interpretation": False, "languages": ("es",)}, {"languages": ("vi",)}, None),
        ({"interpretation": False, "languages": ("es",)}, {"languages": None}, None),
        ({"interpretation": False}, {"languages": ("en",)}, None),
        ({"interpretation": False}, {"languages": ("es",)}, None),
        ({"areas": ("travis",)}, {"area": "austin"}, None),
        ({"areas": ("travis",)}, {"area": "hays"}, "area"),
        ({"areas": ("travis",)}, {"area": "us-tx"}, "unknown"),
        ({"areas": ("travis",)}, {"area": None}, "unknown"),
        ({"only": ("pregnant",)}, {"traits": {"pregnant": True}}, None),
        ({"only": ("pregnant",)}, {"traits": {"pregnant": False}}, "trait"),
        ({"only": ("pregnant",)}, {"traits": {}}, "unknown"),
        ({"excludes": ("runaway",)}, {"traits": {"runaway": False}}, None),
        ({"excludes": ("runaway",)}, {"traits": {"runaway": True}}, "trait"),
        ({"excludes": ("runaway",)}, {"traits": {"runaway": None}}, None),
    ],
    ids=str,
)
def test_only_a_sure_yes_is_a_path(bed: dict[str, object], client_facts: dict[str, object], reason: str | None) -> None:
    """Who is surely taken gets a path; who is surely not, or may be, gets the reason.

    hotline --warm | X--> shelter
    """
    answer = find(
        snapshot(HOTLINE, SHELTER, *PLACES, service("bed", "emergency_shelter", at="shelter", **bed)),
        profile("emergency_shelter", client=client(**client_facts)),
    )

    assert bool(answer.paths) is (reason is None)
    assert reasons(answer) == ({} if reason is None else {"emergency_shelter": {reason: 1}})


def test_unknown_is_the_reason_of_last_resort() -> None:
    """A service that anything else rules out does not count as unknown as well; each counts once per reason.

    hotline --X--> shelter [a: too old, gender unknown] [b: gender unknown] [c: full, gender unknown]
    """
    a = service("a", "emergency_shelter", at="shelter", maximum_age=17, genders=("female",))
    b = service("b", "emergency_shelter", at="shelter", genders=("female",))

    c = service("c", "emergency_shelter", at="shelter", capacities=(beds(0),), genders=("female",))

    answer = find(snapshot(HOTLINE, SHELTER, a, b, c), profile("emergency_shelter", client=client(gender=None)))

    assert reasons(answer) == {"emergency_shelter": {"age": 1, "full": 1, "unknown": 1}}


def test_a_service_fails_for_every_reason_it_has() -> None:
    """Too old, full, and refused by the client: three counts of one.

    hotline --X--> shelter
    """

    bed = service("bed", "emergency_shelter", at="shelter", maximum_age=17, capacities=(beds(0),))

    answer = find(snapshot(HOTLINE, SHELTER, bed), profile("emergency_shelter", avoid=["shelter"]))

    assert reasons(answer) == {"emergency_shelter": {"age": 1, "full": 1, "avoided": 1}}


def test_an_inactive_service_is_closed_and_nothing_else() -> None:
    """What is no longer offered is counted under `closed`, without an opening, and under nothing else.

    hotline --X--> shelter (inactive)
    """
    bed = service("bed", "emergency_shelter", at="shelter", active=False, maximum_age=17)

    answer = find(snapshot(HOTLINE, SHELTER, bed), profile("emergency_shelter", avoid=["shelter"]))

    assert reasons(answer) == {"emergency_shelter": {"closed": 1}}
    assert answer.uncovered[0].reasons[0].opens_at is None


@pytest.mark.parametrize("word", ["shelter", "dv_shelter"])
def test_whom_the_client_refuses_is_in_no_path(word: str) -> None:
    """By name or by kind; the next best comes instead.

    hotline --warm--> other      not shelter
    """
    network = snapshot(
        HOTLINE,
        organization("other"),
        organization("shelter", kind="dv_shelter"),
        service("a-bed", "emergency_shelter", at="shelter"),
        service("o-bed", "emergency_shelter", at="other", response_time=None),
    )

    assert pictures(find(network, profile("emergency_shelter", avoid=[word]))) == ["hotline --warm--> other"]


@pytest.mark.parametrize("word", ["center", "cac"])
def test_whom_the_client_refuses_is_no_gateway_and_no_prerequisite(word: str) -> None:
    """In no role: neither as an introduction nor for what must come first.

    hotline --X--> (center) - - clinic      hotline --X--> center [intake] - - house
    """
    network = snapshot(
        HOTLINE,
        organization("center", kind="cac"),
        organization("clinic"),
        organization("house"),
        service("intake", "intake_assessment", at="center"),
        service("exam", "dental", at="clinic", accepts_from=("center",)),
        service("room", "transitional_housing", at="house", requires=("intake_assessment",)),
    )

    answer = find(network, profile("dental", "transitional_housing", avoid=[word]))

    assert answer.paths == ()
    assert reasons(answer) == {"dental": {"source": 1}, "transitional_housing": {"prerequisite": 1}}


def test_an_import_that_says_less_is_unknown() -> None:
    """Where limits or areas may be incomplete, what is not listed is unknown: no path, and no refusal.

    hotline --?--> shelter (imported)
    """
    imported = (
        {"limits_known": False},
        {"areas": ("hays",), "areas_known": False},
    )
    for bed in imported:
        network = snapshot(HOTLINE, SHELTER, *PLACES, service("bed", "emergency_shelter", at="shelter", **bed))

        answer = find(network, profile("emergency_shelter"))

        assert (best_picture(answer), reasons(answer)) == (None, {"emergency_shelter": {"unknown": 1}})
