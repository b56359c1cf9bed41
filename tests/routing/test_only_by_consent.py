"""What goes by consent alone is asked about where a consent names the two: the answers are those of asking for each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from benchmarks import coalitions
from benchmarks.coalitions import FORM
from benchmarks.questions import draw_questions
from length import draws
from numpy.typing import NDArray

import policies
import routing
from service.directory.snapshot.sharing import Sharing

WORDS = policies.load_vocabulary()


@dataclass
class Counted:
    """The rules of a case, which count what they are asked; they name data that need a consent if `names_consent`."""

    sharing: Sharing
    names_consent: bool
    transfers: set[routing.Transfer] = field(default_factory=set)
    went: int = 0

    def may_send(self, transfers: Sequence[routing.Transfer]) -> NDArray[np.bool_]:
        may_go = self.sharing.may_send(transfers)
        self.transfers.update(transfers)
        self.went += int(may_go.sum())
        return may_go

    def hindrances(self, transfer: routing.Transfer) -> frozenset[str]:
        return self.sharing.hindrances(transfer)

    def named_pairs(self) -> frozenset[tuple[str, str]]:
        return self.sharing.named_pairs()

    def only_by_consent(self) -> frozenset[str]:
        return self.sharing.only_by_consent() if self.names_consent else frozenset()


def test_answers_are_those_of_asking_about_each_transfer() -> None:
    """The client signed a release for every other agency, which lets something go; the rest is asked of nobody."""
    directory, counts, went = coalitions.serve(40, shape=coalitions.AWKWARD), {True: 0, False: 0}, 0
    for question in draw_questions(directory.snapshot, draws(40), most=3):
        case, profile, answers = question.case, question.profile, []
        release = policies.Consent(
            form=FORM,
            level="release",
            marks=frozenset(WORDS.words("Mark")),
            holder=profile.origin,
            to=frozenset(organization.slug for organization in directory.snapshot.organizations[::2]),
            data=frozenset(WORDS.words("Data")),
            purpose="referral",
            signers=policies.lawful_signers(case),
            signed_on=case.today,
            ends_on=case.today,
        )
        for names_consent in (True, False):
            rules = Counted(
                Sharing(directory.rulebook, directory.policy, replace(case, consents=(release,))), names_consent
            )
            answers.append(routing.find_paths(routing.Request(directory.snapshot, profile, rules=rules)))
            counts[names_consent] += len(rules.transfers)
            assert not names_consent or {transfer[:2] for transfer in rules.transfers} <= rules.named_pairs()
            went += rules.went
        assert answers[0] == answers[1]
    assert went
    assert 5 * counts[True] < counts[False]
