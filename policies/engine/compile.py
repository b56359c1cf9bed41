"""Rules as boolean formulas.

A parsed Cedar rule becomes a formula whose atoms all read "the dimension has a value in the set", so a
`CompiledFormulas` answers the rule for a whole table of facts at once (a row per dimension, a column per request).
Every further part of Cedar (strings, arithmetic, dates, optional attributes, comparing two facts) is refused: the
finite reading would no longer be Cedar's own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import reduce
from typing import TypeAlias

from cedarpy import pst

from policies.errors import OutsideFragmentError
from policies.vocabulary import Dimension, Vocabulary


@dataclass(frozen=True, slots=True)
class Atom:
    """The dimension with number `dimension` has a code in `codes`."""

    dimension: int
    codes: frozenset[int]


@dataclass(frozen=True, slots=True)
class Not:
    """The formula `inner` does not hold."""

    inner: Formula


@dataclass(frozen=True, slots=True)
class And:
    """Both formulas hold."""

    left: Formula
    right: Formula


@dataclass(frozen=True, slots=True)
class Or:
    """At least a single formula holds."""

    left: Formula
    right: Formula


Formula: TypeAlias = bool | Atom | Not | And | Or


ONLY_TESTS = "only tests of one fact against listed words are read"


class Space:
    """The numbered dimensions of a vocabulary. Immutable; safe to share between threads."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary
        self.dimensions: tuple[Dimension, ...] = vocabulary.dimensions()
        self.index: Mapping[str, int] = {dimension.name: i for i, dimension in enumerate(self.dimensions)}

    def atom(self, name: str, values: Iterable[str | bool]) -> Formula:
        """Return the formula "dimension `name` has a value in `values`", simplified where always or never true.

        >>> from policies.vocabulary import load_vocabulary
        >>> space = Space(load_vocabulary())
        >>> space.atom("context.age", ["minor"]) == Atom(space.index["context.age"], frozenset({0}))
        True
        >>> space.atom("context.age", ["minor", "adult", "unknown"]), space.atom("context.age", [])
        (True, False)
        """
        number = self.index[name]
        return _narrow(self, number, self.dimensions[number].codes(frozenset(values)))


def _narrow(space: Space, number: int, codes: frozenset[int]) -> Formula:
    if not codes:
        return False
    return True if len(codes) == len(space.dimensions[number].values) else Atom(number, codes)


def negate(space: Space, formula: Formula) -> Formula:
    """Return the negation, pushed into the atom of a single-atom formula.

    >>> from policies.vocabulary import load_vocabulary
    >>> space = Space(load_vocabulary())
    >>> negate(space, space.atom("context.age", ["minor"])) == space.atom("context.age", ["adult", "unknown"])
    True
    """
    match formula:
        case bool():
            return not formula
        case Not(inner):
            return inner
        case Atom(number, codes):
            return _narrow(space, number, frozenset(range(len(space.dimensions[number].values))) - codes)
    return Not(formula)


def conjoin(left: Formula, right: Formula) -> Formula:
    """Return the conjunction of two formulas, without constants."""
    if left is False or right is False:
        return False
    if left is True:
        return right
    return left if right is True else And(left, right)


def disjoin(left: Formula, right: Formula) -> Formula:
    """Return the disjunction of two formulas, without constants."""
    if left is True or right is True:
        return True
    if left is False:
        return right
    return left if right is False else Or(left, right)


def compile_rule(space: Space, policy: pst.Template) -> Formula:
    """Return the formula of a parsed policy.

    Raises:
        OutsideFragmentError: the policy says more than "a dimension is in a set of values", or names a word or an
            attribute outside the vocabulary.

    >>> import cedarpy
    >>> from policies.vocabulary import load_vocabulary
    >>> text = 'permit (principal, action, resource) when { context.age == Age::"adult" };'
    >>> [policy] = cedarpy.policies_to_pst(text).static_policies.values()
    >>> space = Space(load_vocabulary())
    >>> compile_rule(space, policy) == space.atom("context.age", ["adult"])
    True
    """
    start: Formula = True
    return reduce(conjoin, compile_parts(space, policy), start)


def compile_parts(space: Space, policy: pst.Template) -> tuple[Formula, ...]:
    """Return the formulas whose conjunction is a policy: its scope of actions, then each clause in order.

    Raises:
        OutsideFragmentError: as `compile_rule` does.
    """
    reader = _ExpressionReader(space)
    parts = [reader.scope(policy)]
    for clause in policy.clauses:
        body = reader.expression(clause.expr)
        parts.append(body if isinstance(clause, pst.When) else negate(space, body))
    return tuple(parts)


class _ExpressionReader:
    """Reads expressions of a policy. Kept apart from the formulas, which know no Cedar."""

    def __init__(self, space: Space) -> None:
        self._space = space

    def scope(self, policy: pst.Template) -> Formula:
        if not (isinstance(policy.principal, pst.ScopeAny) and isinstance(policy.resource, pst.ScopeAny)):
            raise OutsideFragmentError("principal and resource are told apart by their attributes, not in the scope")
        match policy.action:
            case pst.ScopeAny():
                return True
            case pst.ActionEq(entity=action):
                return self._atom("action", [action])
            case pst.ActionIn(entities=actions):
                return self._atom("action", actions)
        raise OutsideFragmentError("this scope of actions is not read")

    def expression(self, node: pst.Expr) -> Formula:
        match node:
            case pst.BoolLit(value=value):
                return value
            case pst.GetAttr():
                return self._flag(node)
            case pst.UnaryOp():
                return self._unary(node)
            case pst.BinaryOp(op="and", left=left, right=right):
                return conjoin(self.expression(left), self.expression(right))
            case pst.BinaryOp(op="or", left=left, right=right):
                return disjoin(self.expression(left), self.expression(right))
            case pst.BinaryOp():
                return self._test(node)
        raise OutsideFragmentError(ONLY_TESTS)

    def _unary(self, node: pst.UnaryOp) -> Formula:
        match node.op:
            case "not":
                return negate(self._space, self.expression(node.arg))
            case "is_empty":
                return negate(self._space, self._membership(node.arg, None))
        raise OutsideFragmentError(ONLY_TESTS)

    def _test(self, node: pst.BinaryOp) -> Formula:
        match node.op:
            case "eq" | "in":
                return self._atom(self._enumeration(node.left), _literals(node.right))
            case "not_eq":
                return negate(self._space, self._atom(self._enumeration(node.left), _literals(node.right)))
            case "contains" | "contains_any":
                return self._membership(node.left, _literals(node.right))
        raise OutsideFragmentError(ONLY_TESTS)

    def _flag(self, node: pst.GetAttr) -> Formula:
        name = _path(node)
        number = self._space.index.get(name)
        if number is None or self._space.dimensions[number].words is not None:
            raise OutsideFragmentError(f"`{name}` is not a yes/no fact")
        return self._space.atom(name, [True])

    def _enumeration(self, node: pst.Expr) -> str:
        name = _path(node)
        number = self._space.index.get(name)
        if number is None or self._space.dimensions[number].words is None:
            raise OutsideFragmentError(f"`{name}` is not an enumerated fact")
        return name

    def _atom(self, name: str, words: Iterable[pst.EntityUid]) -> Formula:
        dimension = self._space.dimensions[self._space.index[name]]
        ids = []
        for word in words:
            if str(word.type) != dimension.words or word.id not in dimension.values:
                raise OutsideFragmentError(f"`{word}` is not a word of `{name}`")
            ids.append(word.id)
        return self._space.atom(name, ids)

    def _membership(self, node: pst.Expr, words: tuple[pst.EntityUid, ...] | None) -> Formula:
        name = _path(node)
        base, _, attribute = name.partition(".")
        member_type = self._space.vocabulary.set_type(base, attribute)
        if member_type is None:
            raise OutsideFragmentError(f"`{name}` is not a set")
        members = self._space.vocabulary.words(member_type)
        if words is None:
            ids = members
        else:
            ids = tuple(word.id for word in words)
            if any(str(word.type) != member_type or word.id not in members for word in words):
                raise OutsideFragmentError(f"`{name}` is tested for a word that it cannot hold")
        start: Formula = False
        return reduce(disjoin, (self._space.atom(f"{name}[{word}]", [True]) for word in ids), start)


def _path(node: pst.Expr) -> str:
    match node:
        case pst.Var(name="action"):
            return "action"
        case pst.GetAttr(base=pst.Var(name=base), attr=attribute):
            return f"{base}.{attribute}"
    raise OutsideFragmentError("a test must begin with one attribute of principal, resource or context")


def _literals(node: pst.Expr) -> tuple[pst.EntityUid, ...]:
    match node:
        case pst.EntityLit(value=word):
            return (word,)
        case pst.Set(elements=elements):
            return tuple(word for element in elements for word in _literals(element))
    raise OutsideFragmentError("a fact is compared with listed words only")


def atoms_of(formula: Formula) -> Iterator[Atom]:
    """Yield the atoms of a formula, each as often as it stands there."""
    match formula:
        case Atom():
            yield formula
        case Not(inner):
            yield from atoms_of(inner)
        case And(left, right) | Or(left, right):
            yield from atoms_of(left)
            yield from atoms_of(right)


def dimensions_of(formula: Formula) -> frozenset[int]:
    """Return the numbers of the dimensions read by a formula."""
    return frozenset(atom.dimension for atom in atoms_of(formula))


def can_hold(space: Space, formula: Formula) -> bool:
    """Return whether any point of the space makes the formula true.

    Splits on dimension after dimension, on a value per group of values equal under the formula; exponential in the
    worst case, immediate for rules written by people.

    >>> from policies.vocabulary import load_vocabulary
    >>> space = Space(load_vocabulary())
    >>> minor, member = space.atom("context.age", ["minor"]), space.atom("principal.member", [True])
    >>> can_hold(space, And(minor, member)), can_hold(space, And(minor, space.atom("context.age", ["adult"])))
    (True, False)
    """
    match formula:
        case bool():
            return formula
        case Atom():
            return True
    number = min(dimensions_of(formula))
    return any(
        can_hold(space, assume(space, formula, number, code)) for code in _representatives(space, formula, number)
    )


def _representatives(space: Space, formula: Formula, number: int) -> list[int]:
    sets = sorted(value_sets(formula, number), key=sorted)
    groups: dict[tuple[bool, ...], int] = {}
    for code in range(len(space.dimensions[number].values)):
        groups.setdefault(tuple(code in members for members in sets), code)
    return list(groups.values())


def value_sets(formula: Formula, number: int) -> frozenset[frozenset[int]]:
    """Return the sets of codes against which a formula tests a dimension."""
    return frozenset(atom.codes for atom in atoms_of(formula) if atom.dimension == number)


def assume(space: Space, formula: Formula, number: int, code: int) -> Formula:
    """Return a formula reduced by the code of a dimension: a constant, or a formula without the dimension."""
    match formula:
        case Atom(dimension, codes):
            return code in codes if dimension == number else formula
        case Not(inner):
            return negate(space, assume(space, inner, number, code))
        case And(left, right):
            return conjoin(assume(space, left, number, code), assume(space, right, number, code))
        case Or(left, right):
            return disjoin(assume(space, left, number, code), assume(space, right, number, code))
    return formula
