"""`policy check` as a whole: the packs that ship pass it, and what it proves is worth something."""

import policy_builders as build
import pytest
from hypothesis import HealthCheck, given, settings

from policies.check import Check, sets_of_packs
from policies.claims import reading_of, refute, refuting
from policies.compile import evaluate
from policies.encode import decode
from policies.facts import facts_of
from policies.points import draw, draw_possible
from policies.possible import possible

NUMBERS = {str(number) for number in range(1, 18)}
ELSEWHERE = {
    "3": "a request names one class of data, so a set of classes is judged class by class",
    "15": "a request names one holder and one recipient, so a path is judged hop by hop",
    "17": "the step `use`, and an example and a near miss for each rule",
}


@pytest.fixture(scope="module", params=sets_of_packs(), ids="+".join)
def checked(request):
    return Check(request.param)


@pytest.mark.parametrize("step", ["examples", "reach", "promises", "use", "asks"])
def test_the_packs_that_ship_pass_every_step(checked, step):
    """Everything that `policy check` looks at holds of the packs as they are used together."""
    assert getattr(checked, f"check_{step}")().findings == ()


def test_every_property_of_the_catalogue_is_promised_or_is_so_by_the_shape_of_a_request(checked):
    promised = {promise.number for promise in checked.promises}

    assert promised - {""} | set(ELSEWHERE) == NUMBERS
    assert checked.pack.space.vocabulary.context["data"] == "Data"


def test_each_state_is_checked_with_the_packs_that_all_share():
    """No two states stand in one set, and every pack is in one."""
    sets = sets_of_packs()

    assert all("federal" in names and "coalition" in names for names in sets)
    assert all(len([name for name in names if name.startswith("us-")]) == 1 for names in sets)


@settings(
    max_examples=400, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(build.cases(), build.shares())
def test_what_the_canonicaliser_says_is_possible(book, case, share):
    """The proofs leave out impossible points only: no case and share leads to one."""
    held = book.evaluate([possible(book.pack.space)], facts_of(case, share))

    assert held.all()


def test_the_two_readings_of_a_claim_agree(checked):
    """What the solver proves, no drawn point refutes; and a point that it finds refutes by evaluation too."""
    reading, solver = checked._reading, checked._solver
    points = draw(reading.space, 2000, seed=8)
    for promise in checked.promises:
        for claim in promise.claims:
            assert not refuting(claim, reading, solver.possible, points).any(), promise.id
    broken = reading.without("funded-release")
    found = [(claim, refute(claim, broken, solver)) for promise in checked.promises for claim in promise.claims]

    refuted = [(claim, point) for claim, point in found if point is not None]

    assert refuted
    assert all(refuting(claim, broken, solver.possible, point[:, None]).all() for claim, point in refuted)


def test_a_point_and_its_facts_are_one(book):
    """Codes to facts and back: what Cedar is asked is the point that was looked at."""
    points = draw_possible(book.pack.space, 500, seed=2)
    formulas = [book.pack.formulas[rule.id] for rule in book.pack.deciding]

    facts = [decode(book.pack.space, column) for column in points.T]

    assert (book.evaluate(formulas, facts) == evaluate(book.pack.space, formulas, points)).all()
    assert reading_of(book.pack).deciding[0].formula == formulas[0]
