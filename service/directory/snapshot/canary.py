"""The check before a rule pack decides a request: do the compiled rules and Cedar itself answer alike?

Both engines answer the worked examples of the packs. A process whose two engines differ (after a broken build of
either, say) must not give answers.
"""

from __future__ import annotations

import policies
from policies import Example, read_examples
from service.infrastructure.errors import ServiceError
from service.words import setup


class RulesDisagree(ServiceError):
    """The compiled rules and Cedar differ on a worked example; no answer may rest on the pack."""


def check_rulebook(rulebook: policies.Rulebook) -> int:
    """Ask both engines every worked example of the pack; return the number of examples.

    Raises:
        RulesDisagree: the engines differ on an example, or the answers lack a yes or a no.
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
