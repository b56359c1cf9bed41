"""Small faults, a single fault at a time: every rule with one thing wrong.

An unseen fault shows a missing promise or example. So the checks run against every fault: each fault must be caught by
a check, or be proven to change no visible answer.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from cedarpy import pst

from policies.engine.pack import Pack, Rule
from policies.vocabulary import Vocabulary

LEVEL = "Level"


@dataclass(frozen=True)
class Mutant:
    """A faulty rule: `policy` is the rule with the fault (None: the rule is gone), `fault` describes the fault."""

    rule: Rule
    operator: str
    fault: str
    policy: pst.Template | None


def mutants_of(pack: Pack) -> Iterator[Mutant]:
    """Yield every mutant of every rule, in the order of the rules; no two of a rule read alike."""
    for rule in (*pack.deciding, *pack.advising):
        policy = pack.policies[rule.id]
        variants = {policy}
        yield Mutant(rule, "rule removed", "the rule is gone", None)
        for operator, fault, variant in _faults(policy, pack.space.vocabulary, rule):
            if variant not in variants:
                variants.add(variant)
                yield Mutant(rule, operator, fault, variant)


def _faults(policy: pst.Template, words: Vocabulary, rule: Rule) -> Iterator[tuple[str, str, pst.Template]]:
    if rule.effect in ("permit", "forbid"):  # advice is always written as permits
        effect: pst.Effect = "forbid" if policy.effect == "permit" else "permit"
        yield "permit for forbid", f"{effect} for {policy.effect}", replace(policy, effect=effect)
    for fault, action in _scopes(policy.action, words):
        yield "set of actions", fault, replace(policy, action=action)
    for number, clause in enumerate(policy.clauses):
        before, after = policy.clauses[:number], policy.clauses[number + 1 :]
        word = "when" if isinstance(clause, pst.When) else "unless"
        place = f"{word} {number + 1}"
        yield f"{word} dropped", place, replace(policy, clauses=(*before, *after))
        swapped = pst.Unless(clause.expr) if isinstance(clause, pst.When) else pst.When(clause.expr)
        yield f"{word} negated", place, replace(policy, clauses=(*before, swapped, *after))
        for operator, fault, expression in _expressions(clause.expr, words):
            mutant = replace(clause, expr=expression)
            yield operator, f"{place}: {fault}", replace(policy, clauses=(*before, mutant, *after))


def _scopes(scope: pst.ActionConstraint, words: Vocabulary) -> Iterator[tuple[str, pst.ActionConstraint]]:
    """Yield the scope of actions one smaller, one larger, and without any bound."""
    match scope:
        case pst.ActionEq(entity=only):
            actions: tuple[pst.EntityUid, ...] = (only,)
        case pst.ActionIn(entities=several):
            actions = tuple(several)
        case _:
            return
    yield "any action", pst.ScopeAny()
    for action in actions if len(actions) > 1 else ():
        yield f"without {action.id}", pst.ActionIn(tuple(entity for entity in actions if entity != action))
    for name in words.actions:
        if name not in {entity.id for entity in actions}:
            yield f"with {name}", pst.ActionIn((*actions, replace(actions[0], id=name)))


def _expressions(node: pst.Expr, words: Vocabulary) -> Iterator[tuple[str, str, pst.Expr]]:
    """Yield every faulty form of an expression."""
    match node:
        case pst.BinaryOp(op="and" | "or", left=left, right=right):
            opposite: pst.BinaryOpName = "or" if node.op == "and" else "and"
            yield "&& for ||", f"{opposite} for {node.op}", replace(node, op=opposite)
            yield "condition dropped", f"left of {node.op}", right
            yield "condition dropped", f"right of {node.op}", left
            for operator, fault, variant in _expressions(left, words):
                yield operator, fault, replace(node, left=variant)
            for operator, fault, variant in _expressions(right, words):
                yield operator, fault, replace(node, right=variant)
            return
        case pst.UnaryOp(op="not", arg=inner):
            yield "condition negated", _text(inner), inner
            for operator, fault, variant in _expressions(inner, words):
                yield operator, fault, replace(node, arg=variant)
            return
    yield "condition negated", _text(node), pst.UnaryOp("not", node)
    if isinstance(node, pst.BinaryOp):
        yield from _tests(node, words)


def _tests(node: pst.BinaryOp, words: Vocabulary) -> Iterator[tuple[str, str, pst.Expr]]:
    """Yield a test with a word less, a word more, and a level lower."""
    match node.right:
        case pst.Set(elements=elements):
            entities = [element.value for element in elements if isinstance(element, pst.EntityLit)]
        case pst.EntityLit(value=word):
            entities = [word]
        case _:
            return
    ids = {word.id for word in entities}
    for word in entities if len(entities) > 1 else ():
        yield "set one smaller", f"without {word.id}", replace(node, right=_set([w for w in entities if w != word]))
    type_name = str(entities[0].type)
    type_words = words.actions if type_name == "Action" else words.words(type_name)
    for name in type_words:
        if name not in ids:
            larger = _set([*entities, replace(entities[0], id=name)])
            yield (
                "set one larger",
                f"with {name}",
                replace(node, op=_over_sets(node.op), right=larger)
                if (node.op != "not_eq")
                else pst.UnaryOp("not", replace(node, op="in", right=larger)),
            )
    if type_name == LEVEL:
        for word in entities:
            rank = type_words.index(word.id)
            if rank and type_words[rank - 1] not in ids:
                lower = replace(word, id=type_words[rank - 1])
                substitutes = [lower if entity == word else entity for entity in entities]
                right = _set(substitutes) if isinstance(node.right, pst.Set) else pst.EntityLit(lower)
                yield "level one lower", f"{lower.id} for {word.id}", replace(node, right=right)


def _over_sets(operator: pst.BinaryOpName) -> pst.BinaryOpName:
    """Return the operator for a set in place of the operator for a word."""
    if operator == "eq":
        return "in"
    return "contains_any" if operator == "contains" else operator


def _set(words: list[pst.EntityUid]) -> pst.Set:
    return pst.Set(tuple(pst.EntityLit(word) for word in words))


def _text(node: pst.Expr) -> str:
    """Return an expression as a few words, for the list of faults."""
    match node:
        case pst.BinaryOp(left=left, right=right):
            text = f"{_text(left)} {node.op} {_text(right)}"
        case pst.UnaryOp(op=op, arg=arg):
            text = f"{_text(arg)}.{op}"
        case pst.GetAttr(base=base, attr=attr):
            text = f"{_text(base)}.{attr}"
        case pst.Set(elements=elements):
            text = f"[{', '.join(_text(element) for element in elements)}]"
        case pst.EntityLit(value=word):
            text = word.id
        case pst.Var(name=name):
            text = str(name)
        case _:
            text = type(node).__name__
    return text
