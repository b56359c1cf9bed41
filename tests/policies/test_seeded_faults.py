"""Faults seeded in the rules, one at a time: each is caught by a check, or proven to change nothing.

Each so-many-th fault is tried (`RULE_FAULTS_EVERY`; unless it says otherwise 24, in a short run 120; 1 for all, about
a minute). The table of all of them, by kind and by the check that catches them first: `referral-router policy check
--mutants`.
"""

import os
import re
import shutil
from collections import Counter

import numpy as np
import pytest
from fault_builders import folder_with
from length import draws
from seeds import fresh

from policies import PackError
from policies.engine.compile import compile_rule
from policies.engine.evaluate import evaluate
from policies.engine.pack import read_pack
from policies.verify.mutants import mutants_of
from policies.verify.run import Check, newly_met, sets_of_packs
from policies.verify.sample_points import draw
from service.cli import run_command

EVERY = int(os.environ.get("RULE_FAULTS_EVERY", 120 // draws(5)))
NAMES = ("coalition", "federal", "us-tx")
KINDS = {
    "rule removed", "permit for forbid", "set of actions", "when dropped", "when negated", "unless dropped",
    "unless negated", "condition negated", "condition dropped", "&& for ||", "set one larger", "set one smaller",
    "level one lower",
}  # fmt: skip


@pytest.fixture(scope="module")
def shipped_check():
    return Check(NAMES)


@pytest.fixture(scope="module")
def outcomes():
    """What came of the faults in every pack; what the states share is made faulty once."""
    return [
        outcome for names, new in newly_met(sets_of_packs()) for outcome in Check(names).hunt(step=EVERY, packs=new)
    ]


def test_every_kind_of_fault_that_is_asked_for_is_seeded(shipped_check):
    """Rules gone, conditions dropped and negated, `&&` for `||`, sets one word off, effects and levels changed."""
    counts = Counter(mutant.operator for mutant in mutants_of(shipped_check.pack))

    assert set(counts) == KINDS
    assert counts["rule removed"] == len(shipped_check.pack.deciding) + len(shipped_check.pack.advising)
    assert counts["permit for forbid"] == len(shipped_check.pack.deciding)


def test_every_fault_is_caught_or_changes_nothing(outcomes):
    unseen = [
        f"{outcome.mutant.rule.id}: {outcome.mutant.operator}: {outcome.mutant.fault}"
        for outcome in outcomes
        if outcome.survives
    ]

    assert unseen == []
    assert len(outcomes) > draws(100)


def test_what_is_proven_to_change_nothing_differs_at_no_drawn_point(shipped_check, outcomes):
    """The proof is the solver's; points drawn from the whole space, possible or not, are evaluated beside it."""
    points = draw(shipped_check.pack.space, 20_000, seed=fresh(9))
    same = [outcome.mutant for outcome in outcomes if outcome.equivalent and outcome.mutant.rule.pack in NAMES]
    formulas = [compile_rule(shipped_check.pack.space, mutant.policy) for mutant in same]
    originals = [shipped_check.pack.formulas[mutant.rule.id] for mutant in same]

    assert same
    assert np.array_equal(
        evaluate(shipped_check.pack.space, formulas, points), evaluate(shipped_check.pack.space, originals, points)
    )


def test_each_check_catches_faults_of_its_own(outcomes):
    """Cases, promises and reach each see faults; promises see some that cases miss."""
    caught = [{name.partition(" ")[0] for name in x.caught_by} for x in outcomes]

    assert any("example" in checks for checks in caught)
    assert any("promise" in checks and "example" not in checks for checks in caught)
    assert any(checks == {"reach"} for checks in caught)


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_a_folder_of_ones_own_fails_on_each_kind_of_fault(shipped_check, kind, tmp_path):
    """Rules alone, in another folder: what ships of the same name (cases, promises, reach) holds for them too."""
    of_kind = [mutant for mutant in mutants_of(shipped_check.pack) if mutant.operator == kind]
    mutant = next(fault for fault in of_kind[len(of_kind) // 2 :] if _changes_something(shipped_check, fault))
    folder = folder_with(shipped_check.pack, mutant, tmp_path / "packs")

    assert _findings(folder), f"{mutant.rule.id}: {mutant.fault}"


def _changes_something(shipped_check, mutant):
    return mutant.policy is None or bool(
        np.diff(
            evaluate(
                shipped_check.pack.space,
                [shipped_check.pack.formulas[mutant.rule.id], compile_rule(shipped_check.pack.space, mutant.policy)],
                draw(shipped_check.pack.space, 3000, seed=fresh(3)),
            ).astype(int),
            axis=0,
        ).any()
        or mutant.operator == "permit for forbid"
    )


def _findings(folder):
    try:
        check = Check(NAMES, folder)
        return (*check.check_scope().issues, *check.check_examples().issues)
    except PackError as refused:
        return refused.problems


# The fault makes the rule apply where it is not said to, and not where it is. Which of the many requests that show one
# or the other is found depends on what the solver did before; all are of this form.
FUNDED_WITNESS = (
    r"funded-release: (applies, and is not said to|is said to apply, and does not): "
    r"[^:()]* \([^:()]*under [^:()]*(vawa|fvpsa|voca|ovc_ht)[^:()]*\) would share "
)


def test_the_command_fails_on_a_folder_with_a_fault_and_says_which(tmp_path, capfdbinary):
    """One pack of one's own, rules only, with the word that lifts one of them a level lower."""
    pack = read_pack(["federal"])
    fault = next(
        mutant
        for mutant in mutants_of(pack)
        if mutant.rule.id == "funded-release" and mutant.operator == "level one lower"
    )
    folder = folder_with(pack, fault, tmp_path / "packs")
    for other in {name for names in sets_of_packs() for name in names} - {"federal"}:
        shutil.rmtree(folder / other)

    status = run_command(["policy", "check", "--rules", str(folder)])

    output = " ".join(capfdbinary.readouterr().out.decode().split())
    assert status == 1
    assert "Packs: federal" in output
    assert re.search(FUNDED_WITNESS, output), output
    assert "funded-floor: What a funded program holds" in output
    assert output.endswith("Not all of it holds.")
