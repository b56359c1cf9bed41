"""What goes by consent alone is asked about where a consent names the two: the answers are those of asking for each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from length import draws
from numpy.typing import NDArray

import policies
import routing
from service.bench import coalitions
from service.bench.coalitions import FORM
from service.bench.questions import draw_questions
from service.directory.snapshot.sharing import Sharing

WORDS = policies.load_vocabulary()


@dataclass
class Counted:
    """The rules of a case, which count what they are asked; unless `known`, they name no data that need a consent."""

    sharing: Sharing
    known: bool
    asked: set[routing.Transfer] = field(default_factory=set)
    went: int = 0

    def may_send(self, transfers: Sequence[routing.Transfer]) -> NDArray[np.bool_]:
        may_go = self.sharing.may_send(transfers)
        self.asked.update(transfers)
        self.went += int(may_go.sum())
        return may_go

    def hindrances(self, transfer: routing.Transfer) -> frozenset[str]:
        return self.sharing.hindrances(transfer)

    def named_pairs(self) -> frozenset[tuple[str, str]]:
        return self.sharing.named_pairs()

    def only_by_consent(self) -> frozenset[str]:
        return self.sharing.only_by_consent() if self.known else frozenset()


def test_answers_are_those_of_asking_about_each_transfer() -> None:
    """The client signed a release for every other agency, which lets something go; the rest is asked of nobody."""
    served, asked, went = coalitions.serve(40, shape=coalitions.AWKWARD), {True: 0, False: 0}, 0
    for question in draw_questions(served.snapshot, draws(40), most=3):
        case, profile, answers = question.case, question.profile, []
        release = policies.Consent(
            form=FORM,
            level="release",
            marks=frozenset(WORDS.words("Mark")),
            holder=profile.origin,
            to=frozenset(organization.slug for organization in served.snapshot.organizations[::2]),
            data=frozenset(WORDS.words("Data")),
            purpose="referral",
            signers=policies.lawful_signers(case),
            signed_on=case.today,
            ends_on=case.today,
        )
        for known in (True, False):
            rules = Counted(Sharing(served.rulebook, served.policy, replace(case, consents=(release,))), known)
            answers.append(routing.find_paths(routing.Request(served.snapshot, profile, rules=rules)))
            asked[known] += len(rules.asked)
            assert not known or {transfer[:2] for transfer in rules.asked} <= rules.named_pairs()
            went += rules.went
        assert answers[0] == answers[1]
    assert went
    assert 5 * asked[True] < asked[False]
