"""The possible points of the space of facts: the points that the canonicaliser can return.

The space also holds combinations that no case gives rise to, for example a release both current and signed by no
signer. Proofs cover the possible points; a test compares the list of possible points with `facts_of`.
"""

from __future__ import annotations

from functools import reduce

from policies.engine.compile import Formula, Space, conjoin, disjoin, negate


def possible(space: Space) -> Formula:
    """Return the formula that holds at every point which `facts_of` can return. Pure."""

    def has(name: str, *values: str | bool) -> Formula:
        return space.atom(name, values or (True,))

    def implies(premise: Formula, conclusion: Formula) -> Formula:
        return disjoin(negate(space, premise), conclusion)

    def all_of(*formulas: Formula) -> Formula:
        start: Formula = True
        return reduce(conjoin, formulas, start)

    def no(name: str) -> Formula:
        return space.atom(name, [False])

    words = space.vocabulary.words
    unmarked = all_of(*(no(f"context.marks[{mark}]") for mark in words("Mark")))
    unsigned = all_of(*(no(f"context.signers[{signer}]") for signer in words("Signer")))
    current, bare = has("context.consent", "current"), has("context.level", "none")
    untouched = all_of(no("context.form_set_aside"), no("context.signature_set_aside"))
    parent, guardian = has("context.signers[parent]"), has("context.signers[guardian]")
    return all_of(
        # Only a disclosure rests on consent, and only a current one has a level, marks and signers.
        implies(negate(space, has("action", "disclose")), has("context.consent", "absent")),
        implies(negate(space, current), all_of(bare, unmarked, unsigned, untouched)),
        implies(all_of(current, unsigned), all_of(bare, unmarked, has("context.signature_set_aside"))),
        implies(all_of(current, bare), unsigned),
        implies(negate(space, has("context.level", "written", "release")), unmarked),
        implies(has("context.form_set_aside"), has("context.level", "verbal")),
        # Signatures that count.
        implies(parent, all_of(has("context.guardian", "safe_parent"), has("context.age", "minor", "unknown"))),
        implies(guardian, has("context.guardian", "court_safe", "state_conservator")),
        # What leaves is named; an agreement that is not there is of no type; an operator opens an address only.
        implies(has("action", "disclose", "report"), negate(space, has("context.data", "none"))),
        implies(has("context.agreement", "absent"), has("context.agreement_type", "none")),
        implies(has("context.operator_authorised"), has("context.data", "shelter_location")),
    )
