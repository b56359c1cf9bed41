"""The bound on what an answer could change, held against the search that it saves."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
from builders import client, organization, profile, service, snapshot
from numpy.typing import NDArray

import policies
import routing
from service.bench.measure import prepare
from service.profile import Question, suppose
from service.served import Served
from service.sharing import Sharing

NEVER_BOUNDED = ("client.area", "facts.client_present")
"""Where the client is sets how far away everything is; whether on the line, how each hand-off is made."""


def list_paths(served: Served, question: Question) -> tuple[routing.Path, ...]:
    rules = Sharing(served.rulebook, served.policy, question.case)
    return routing.list_paths(served.snapshot, question.profile, rules=rules)


def answers_to(served: Served, question: Question) -> Iterator[tuple[str, routing.Possible]]:
    for one in routing.find_unknowns(served.snapshot, question.profile, (policies.ADULT_AGE,)):
        if one.attribute not in NEVER_BOUNDED:
            yield from ((one.attribute, answer) for answer in one.answers)


def test_what_the_bound_rules_out_changes_no_path() -> None:
    """On an invented coalition with many doors: what is said to change nothing is answered, and the paths stay.

    Short lists are looked at, which are full; on one that is not, whatever an answer opens could stand.
    """
    bench = prepare(60, needs=2, asked=25)
    ruled_out = let_through = changed = 0
    for asked in bench.asked:
        for limit in (1, 2):
            client = replace(asked.profile.client, gender=None, languages=None)
            question = Question(
                replace(asked.profile, client=client, limit=limit), replace(asked.case, consents=()), asked.process
            )
            now, answers = list_paths(bench.served, question), list(answers_to(bench.served, question))
            opens = {row for _, answer in answers for row in answer.opens}
            rules = Sharing(bench.served.rulebook, bench.served.policy, question.case)
            outlook = routing.Outlook(bench.served.snapshot, question.profile, now, opens, rules=rules)
            for attribute, answer in answers:
                then = list_paths(bench.served, suppose(question, attribute, answer.values[0]))
                if outlook.may_change(answer.opens):
                    assert outlook.changes(answer.opens) == (then != now)
                    let_through, changed = let_through + 1, changed + (then != now)
                else:
                    ruled_out += bool(answer.opens)
                    assert then == now, (attribute, answer.values)
    assert ruled_out > 10
    assert let_through >= changed > 10


class EverythingLeaves(routing.NothingLeaves):
    """Rules that let all data go."""

    def may_send(self, transfers: Sequence[routing.Transfer]) -> NDArray[np.bool_]:
        return np.ones(len(transfers), dtype=np.bool_)


def test_other_rules_are_alike_only_where_they_answer_as_these_do() -> None:
    """A packet that may go makes a path; rules that let nothing go have none. Without a search nothing is sure."""
    offer = service("s", "food", at="o", accepts=("packet",), intake_data=("need",))
    network = snapshot(organization("hotline"), organization("o"), offer)
    asked, moment = profile("food"), routing.Moment(network, profile("food").at)
    everything, nothing = EverythingLeaves(), routing.NothingLeaves()
    paths = routing.find_paths(network, asked, rules=everything, moment=moment).paths
    assert paths != routing.list_paths(network, asked, rules=nothing)

    outlook = routing.Outlook(network, asked, paths, (), rules=everything, moment=moment)
    unsearched = routing.Outlook(network, asked, paths, (), rules=everything)

    assert outlook.is_alike(EverythingLeaves())
    assert not outlook.is_alike(nothing)
    assert not unsearched.is_alike(EverythingLeaves())


def test_rules_that_differ_only_where_something_new_opens_are_not_alike_throughout() -> None:
    """As things stand no packet is asked about; with the second service open, one is."""
    for_women = service("t", "food", at="o", accepts=("packet",), intake_data=("need",), genders=("female",))
    network = snapshot(
        organization("hotline"), organization("o"), service("s", "food", at="o", accepts=("self",)), for_women
    )
    asked, moment = profile("food", client=client(gender=None)), routing.Moment(network, profile("food").at)
    everything, nothing = EverythingLeaves(), routing.NothingLeaves()
    paths = routing.find_paths(network, asked, rules=nothing, moment=moment).paths
    opens = [place for place, one in enumerate(network.services) if one.slug == "t"]

    outlook = routing.Outlook(network, asked, paths, opens, rules=nothing, moment=moment)

    assert outlook.is_alike(everything)
    assert not outlook.is_alike_throughout(everything)
    assert outlook.is_alike_throughout(routing.NothingLeaves())
