"""The check before a rule pack decides anything here: do the compiled rules and Cedar itself answer alike?

The worked examples that come with the packs are asked of both. A process whose two engines differ (a broken build of
one of them, say) must not give answers.
"""

from __future__ import annotations

import policies
from policies import Example, read_examples
from service.errors import ServiceError
from service.wording import setup


class RulesDisagree(ServiceError):
    """The compiled rules and Cedar differ on a worked example; nothing may be answered from this pack."""


def check_rulebook(rulebook: policies.Rulebook) -> int:
    """Ask every worked example of the pack of both engines; return how many there were.

    Raises:
        RulesDisagree: they differ on one, or a yes and a no were not both among the answers, so nothing was shown.
    """
    examples = [example for name in rulebook.names for example in read_examples(name)]
    answers = [_answer(rulebook, example) for example in examples]
    if set(answers) != {True, False}:
        raise RulesDisagree(setup.NO_YES_AND_NO)
    return len(answers)


def _answer(rulebook: policies.Rulebook, example: Example) -> bool:
    compiled = rulebook.decide(example.case, example.share)
    if not rulebook.agrees(compiled, rulebook.record(example.case, example.share)):
        raise RulesDisagree(setup.RULES_DIFFER)
    return compiled.allow
