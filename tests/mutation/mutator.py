"""Small faults, one at a time: every way in which one line of a module could be a little wrong.

A mutant is the module with one such fault. A test suite that nobody's fault can slip past fails on each; one that
passes on a mutant has a hole, or the mutant means the same. Pure: source text in, mutants and code out.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from types import CodeType

NEGATED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In,
    ast.Lt: ast.GtE, ast.GtE: ast.Lt, ast.Gt: ast.LtE, ast.LtE: ast.Gt,
}  # fmt: skip
AT_THE_BOUNDARY: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt,
}  # fmt: skip
OTHER_OPERATOR: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.FloorDiv, ast.FloorDiv: ast.Mult, ast.Div: ast.Mult,
    ast.Mod: ast.Mult, ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd, ast.BitXor: ast.BitAnd,
    ast.LShift: ast.RShift, ast.RShift: ast.LShift,
}  # fmt: skip
OTHER_NAME = {"min": "max", "any": "all", "minimum": "maximum", "argmin": "argmax", "union": "intersection"}
OTHER_NAME |= {after: before for before, after in OTHER_NAME.items()}
DROPPED = (ast.Expr, ast.AugAssign, ast.Raise, ast.Continue, ast.Break, ast.Assert)
Change = tuple[str, ast.AST] | tuple[str, ast.AST, str]
"""Operator, the new node, and where the two texts beside each other say it badly, the fault in words."""


@dataclass(frozen=True, slots=True)
class Mutant:
    """One fault: in which function, on which line (from 1, and its text), by which operator, in which words.

    `number` tells apart faults of one line that read alike; `site` and `choice` are for `code_of` only.
    """

    line: int
    where: str
    text: str
    operator: str
    words: str
    number: int
    site: int
    choice: int

    @property
    def change(self) -> str:
        """The fault in words, apart from its line."""
        again = f" #{self.number}" if self.number > 1 else ""
        return f"{self.operator}: {self.words}{again}"


def mutants_of(source: str) -> list[Mutant]:
    """Return every fault of a module, in the order of its lines."""
    tree, lines, seen, found = ast.parse(source), source.splitlines(), Counter[tuple[str, ...]](), []
    for place, (parent, field, index) in enumerate(_sites(tree)):
        node = _at(parent, field, index)
        for choice, (operator, after, *words) in enumerate(_changes(node, parent, field)):
            text = lines[node.lineno - 1].strip()
            said = words[0] if words else f"{_words(node)} -> {_words(after)}"
            told = (_function_at(tree, node.lineno), text, operator, said)
            seen[told] += 1
            found.append(Mutant(node.lineno, *told, seen[told], place, choice))
    return sorted(found, key=lambda one: one.line)


def code_of(source: str, mutant: Mutant, filename: str) -> CodeType:
    """Return the compiled module with that one fault."""
    tree = ast.parse(source)
    parent, field, index = list(_sites(tree))[mutant.site]
    after = list(_changes(_at(parent, field, index), parent, field))[mutant.choice][1]
    if index is None:
        setattr(parent, field, after)
    else:
        getattr(parent, field)[index] = after
    return compile(ast.fix_missing_locations(tree), filename, "exec", dont_inherit=True)


Site = tuple[ast.AST, str, int | None]


def _sites(node: ast.AST) -> Iterator[Site]:
    """Yield every place that may hold a fault. Annotations and decorators are not behaviour that a fault changes."""
    for field, value in ast.iter_fields(node):
        if field in ("annotation", "returns", "decorator_list", "type_params"):
            continue
        children = value if isinstance(value, list) else [value]
        for index, child in enumerate(children):
            if isinstance(child, ast.AST) and not _is_text_for_people(child, node, field):
                if hasattr(child, "lineno"):
                    yield node, field, index if isinstance(value, list) else None
                yield from _sites(child)


def _is_text_for_people(child: ast.AST, parent: ast.AST, field: str) -> bool:
    """Docstrings, and what an error says: tests of wording hold those, not tests of behaviour."""
    if isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant):
        return True
    said = isinstance(child, ast.JoinedStr) or (isinstance(child, ast.Constant) and isinstance(child.value, str))
    return said and field == "args" and isinstance(parent, ast.Call) and _name(parent.func)[:1].isupper()


def _at(parent: ast.AST, field: str, index: int | None) -> ast.AST:
    value = getattr(parent, field)
    return value if index is None else value[index]


def _changes(node: ast.AST, parent: ast.AST, field: str) -> Iterator[Change]:
    """Yield each fault that this place may have. New nodes only: the tree itself stays as it is."""
    match node:
        case ast.Compare():
            yield from _comparisons(node)
        case ast.BoolOp():
            other = ast.And() if isinstance(node.op, ast.Or) else ast.Or()
            yield "boolean", ast.BoolOp(other, node.values)
            for left_out in range(len(node.values)):
                rest = node.values[:left_out] + node.values[left_out + 1 :]
                shorter = rest[0] if len(rest) == 1 else ast.BoolOp(node.op, rest)
                yield "boolean", shorter, f"without {_words(node.values[left_out])}"
        case ast.UnaryOp(op=ast.Not() | ast.USub() | ast.Invert()):
            yield "sign", node.operand
        case ast.BinOp() if type(node.op) in OTHER_OPERATOR:
            yield "arithmetic", ast.BinOp(node.left, OTHER_OPERATOR[type(node.op)](), node.right)
        case ast.Constant():
            yield from (("constant", ast.Constant(value)) for value in _constants(node.value))
        case ast.IfExp():
            yield "condition", node.body
            yield "condition", node.orelse
        case ast.Name(id=name, ctx=ast.Load()) if name in OTHER_NAME:
            yield "name", ast.Name(OTHER_NAME[name], ast.Load())
        case ast.Attribute(attr=name, ctx=ast.Load()) if name in OTHER_NAME:
            yield "name", ast.Attribute(node.value, OTHER_NAME[name], ast.Load())
        case ast.Tuple(ctx=ast.Load()) | ast.List(ctx=ast.Load()) | ast.Set():
            yield from _shorter(node)
        case ast.Call():
            for left_out in range(len(node.keywords)):
                rest = node.keywords[:left_out] + node.keywords[left_out + 1 :]
                yield "argument", ast.Call(node.func, node.args, rest), f"without {_words(node.keywords[left_out])}"
        case _:
            yield from _statements(node)
    if field in ("test", "ifs") and not isinstance(node, ast.Constant):
        yield "condition", ast.Constant(True)
        if not isinstance(parent, ast.Assert):
            yield "condition", ast.Constant(False)


def _comparisons(node: ast.Compare) -> Iterator[Change]:
    for operator, table in (("comparison", NEGATED), ("boundary", AT_THE_BOUNDARY)):
        for place, op in enumerate(node.ops):
            if type(op) in table:
                ops = [table[type(op)]() if at == place else old for at, old in enumerate(node.ops)]
                yield operator, ast.Compare(node.left, ops, node.comparators)


def _constants(value: object) -> list[object]:
    if isinstance(value, bool):
        return [not value]
    if isinstance(value, int | float):
        return [value + 1, value - 1]
    if isinstance(value, str):
        return [f"{value}?"]
    return []


def _shorter(node: ast.Tuple | ast.List | ast.Set) -> Iterator[Change]:
    """Leave out one element; one that is a constant is changed by its own operator already."""
    for left_out, element in enumerate(node.elts):
        if len(node.elts) > 1 and not isinstance(element, ast.Constant):
            rest = node.elts[:left_out] + node.elts[left_out + 1 :]
            shorter = ast.Set(rest) if isinstance(node, ast.Set) else type(node)(rest, ast.Load())
            yield "element", shorter, f"without {_words(element)}"


def _statements(node: ast.AST) -> Iterator[Change]:
    if isinstance(node, ast.Return) and node.value is not None and _words(node.value) != "None":
        yield "return", ast.Return(ast.Constant(None)), "None"
    if isinstance(node, DROPPED):
        yield "statement", ast.Pass()
    if isinstance(node, ast.AugAssign) and type(node.op) in OTHER_OPERATOR:
        yield "arithmetic", ast.AugAssign(node.target, OTHER_OPERATOR[type(node.op)](), node.value)


def _function_at(tree: ast.Module, line: int) -> str:
    """Return the innermost function or class that a line stands in, `module` outside of all."""
    around = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        and node.lineno <= line <= (node.end_lineno or line)
    ]
    return max(around, key=lambda node: node.lineno).name if around else "module"


def _name(function: ast.expr) -> str:
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def _words(node: ast.AST) -> str:
    return " ".join(ast.unparse(node).split())
