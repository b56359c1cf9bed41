"""Measure the strength of the gate: draw one-line faults at random and list those that no test detects.

    .venv/bin/python tests/sampled_faults.py draw FOLDER      # copy the checkout and put 150 faults in it
    .venv/bin/python tests/sampled_faults.py trace FOLDER     # run the gate once and record which test runs which fault
    .venv/bin/python tests/sampled_faults.py run FOLDER       # run each fault's tests with that fault turned on
    .venv/bin/python tests/sampled_faults.py report FOLDER

Every fault of the copy is behind a switch (mutant schemata; Untch, Offutt and Harrold 1993): `FAULT=7` in the
environment turns number 7 on in all processes of a test. Results are kept in FOLDER, and `run` resumes where it
stopped. `--tests CHECKOUT` runs the surviving faults against the tests of another checkout, at length.
"""

from __future__ import annotations

import argparse
import ast
import json
import os
import random
import re
import shutil
import subprocess
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]
PACKAGES = ("service", "routing", "policies")
LEFT_OUT = ("migrations/versions", "service/demo")
SEED, COUNT, MOST_TESTS, SECONDS = 52, 150, 400, 240
SWITCH = '''\
"""Turns one fault on and records which test runs which fault."""
import os

_ON, _TRACE, _seen = int(os.environ.get("FAULT", "-1")), os.environ.get("FAULT_TRACE"), set()


def on(number):
    if _TRACE:
        test = os.environ.get("PYTEST_CURRENT_TEST", "import").rpartition(" (")[0] or "import"
        if (number, test) not in _seen:
            _seen.add((number, test))
            with open(f"{_TRACE}/{os.getpid()}.txt", "a") as out:
                out.write(f"{number}\\t{test}\\n")
    return number == _ON
'''
COMPARISONS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In,
}  # fmt: skip
OPERATORS: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Add, ast.BitOr: ast.BitAnd, ast.BitAnd: ast.BitOr,
    ast.FloorDiv: ast.Mult, ast.Div: ast.Mult, ast.Mod: ast.FloorDiv,
}  # fmt: skip


@dataclass(frozen=True)
class Fault:
    """Part of a line, in columns of its UTF-8 bytes, and the source that replaces it."""

    number: int
    file: str
    line: int
    text: str
    begins: int
    ends: int
    other: str
    is_statement: bool

    def switched(self) -> str:
        """Return the line with both versions, the faulty one behind the switch."""
        line, switch = self.text.encode(), f'__import__("fault_switch").on({self.number})'
        before, part, after = (
            part.decode() for part in (line[: self.begins], line[self.begins : self.ends], line[self.ends :])
        )
        if self.is_statement:
            return f"{before}if {switch}: {self.other}\n{before}else: {part}{after}"
        return f"{before}(({self.other}) if {switch} else ({part})){after}"

    def shown(self) -> str:
        """Return the faulty line."""
        line = self.text.encode()
        return (line[: self.begins] + self.other.encode() + line[self.ends :]).decode().strip()


def faults_in(checkout: Path, file: str) -> Iterator[Fault]:
    """Yield a fault for each expression or statement that fits on one line."""
    text = (checkout / file).read_text(encoding="utf-8")
    lines, tree = text.splitlines(), ast.parse(text)
    left_out = {
        id(part)
        for node in ast.walk(tree)
        for name in ("annotation", "returns", "pattern", "values")
        for root in _nodes(getattr(node, name, None))
        if name != "values" or isinstance(node, ast.JoinedStr)
        for part in ast.walk(root)
    }
    for node in ast.walk(tree):
        if id(node) in left_out or not isinstance(node, ast.expr | ast.stmt):
            continue
        if node.lineno != node.end_lineno or node.end_col_offset is None:
            continue
        line, other = lines[node.lineno - 1], _replaced(node)
        if other is None or line.encode()[node.col_offset : node.end_col_offset].decode() == other:
            continue
        if isinstance(node, ast.stmt) and line[: node.col_offset].strip():  # not by itself on its line
            continue
        yield Fault(0, file, node.lineno, line, node.col_offset, node.end_col_offset, other, isinstance(node, ast.stmt))


def _nodes(value: object) -> list[ast.AST]:
    return [node for node in (value if isinstance(value, list) else [value]) if isinstance(node, ast.AST)]


def _replaced(node: ast.AST) -> str | None:
    """Return the source with a fault in this node, or None for a kind of node that gets no fault."""
    match node:
        case ast.Compare(left=left, ops=[operator], comparators=[right]) if type(operator) in COMPARISONS:
            return ast.unparse(ast.Compare(left, [COMPARISONS[type(operator)]()], [right]))
        case ast.BoolOp(op=ast.And(), values=values):
            return ast.unparse(ast.BoolOp(ast.Or(), values))
        case ast.BoolOp(op=ast.Or(), values=values):
            return ast.unparse(ast.BoolOp(ast.And(), values))
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return ast.unparse(operand)
        case ast.BinOp(left=left, op=operator, right=right) if type(operator) in OPERATORS:
            return ast.unparse(ast.BinOp(left, OPERATORS[type(operator)](), right))
        case ast.Constant(value=bool() as value):
            return str(not value)
        case ast.Constant(value=int() as value):
            return str(value + 1)
        case ast.IfExp(test=test, body=body, orelse=orelse):
            return ast.unparse(ast.IfExp(test, orelse, body))
        case ast.Return(value=value) if value is not None and not isinstance(value, ast.Constant):
            return "return None"
        case ast.Expr(value=ast.Call()) | ast.Raise():
            return "pass"
        case ast.Continue():
            return "break"
    return None


def draw(folder: Path, alike: Path | None) -> None:
    """Draw random lines and one fault in each; with `alike`, only lines that the other checkout has too."""
    by_line: dict[tuple[str, int], list[Fault]] = defaultdict(list)
    for file in sorted(path for package in PACKAGES for path in (PROJECT / package).rglob("*.py")):
        name = str(file.relative_to(PROJECT))
        there = (alike / name).read_text("utf-8").splitlines() if alike and (alike / name).exists() else []
        if not any(part in name for part in LEFT_OUT):
            for fault in faults_in(PROJECT, name):
                if alike is None or there.count(fault.text) == 1:
                    by_line[name, fault.line].append(fault)
    chance = random.Random(SEED)
    drawn = (chance.choice(by_line[line]) for line in chance.sample(sorted(by_line), len(by_line)))
    faults: list[Fault] = []
    while len(faults) < COUNT:
        fault = Fault(**asdict(next(drawn)) | {"number": len(faults)})
        if _switched(PROJECT, fault.file, [fault]) is not None:
            faults.append(fault)
    (folder / "faults.json").write_text(json.dumps([asdict(fault) for fault in faults], indent=1), encoding="utf-8")
    _copy(PROJECT, folder / "copy", faults)
    print(f"{COUNT} faults of {len(by_line)} lines that can have one")


def _switched(checkout: Path, file: str, faults: Sequence[Fault]) -> str | None:
    """Return the source of a file with a switch for each of its faults, or None if the result does not compile."""
    lines = (checkout / file).read_text(encoding="utf-8").splitlines()
    for fault in faults:
        at = fault.line - 1 if lines[fault.line - 1 : fault.line] == [fault.text] else lines.index(fault.text)
        lines[at] = fault.switched()
    source = "\n".join(lines) + "\n"
    try:
        compile(source, file, "exec")
    except SyntaxError:
        return None
    return source


def _copy(checkout: Path, to: Path, faults: Sequence[Fault]) -> None:
    """Copy a checkout, put the faults in it, and install it in a virtual environment of its own."""
    shutil.copytree(checkout, to, ignore=shutil.ignore_patterns(".venv", "__pycache__", ".*_cache"), symlinks=True)
    for file in {fault.file for fault in faults}:
        source = _switched(checkout, file, [fault for fault in faults if fault.file == file])
        if source is None:
            raise SystemExit(f"{file} does not compile with all its faults")
        (to / file).write_text(source, encoding="utf-8")
    subprocess.run([sys.executable, "-m", "venv", to / ".venv"], check=True)
    subprocess.run([to / ".venv/bin/pip", "install", "-q", "-e", f"{to}[test]"], check=True)
    (packages,) = (to / ".venv/lib").glob("python3*/site-packages")
    (packages / "fault_switch.py").write_text(SWITCH, encoding="utf-8")


def trace(folder: Path) -> None:
    """Run the gate in the copy with no fault turned on, and record which tests run which fault."""
    (folder / "trace").mkdir()
    environment = {"SEED": str(SEED)} | os.environ | {"GATE": "1", "FAULT_TRACE": str(folder / "trace")}
    subprocess.run(
        [folder / "copy/.venv/bin/python", "-m", "pytest", "-q"], cwd=folder / "copy", env=environment, check=False
    )


def run(folder: Path, *, part: int, parts: int, checkout: Path | None) -> None:
    """Run each fault's tests up to the first failure; with a checkout, the surviving faults against its tests."""
    faults, rows = _faults(folder), _results(folder, "gate")
    tests: dict[int, set[str]] = defaultdict(set)
    for file in (folder / "trace").iterdir():
        for line in file.read_text(encoding="utf-8").splitlines():
            number, _, test = line.partition("\t")
            tests[int(number)].add(test)
    name, copy = ("gate", folder / "copy") if checkout is None else ("before", folder / "copy-before")
    if checkout is not None:
        faults = [
            fault for fault in faults if any(row["number"] == fault.number and row["how"] == "survived" for row in rows)
        ]
        if not copy.exists():
            _copy(checkout, copy, faults)
    done = {row["number"] for row in _results(folder, name)}
    for fault in faults[part::parts]:
        if fault.number in done:
            continue
        begun, chosen = time.monotonic(), _nearest(fault, tests[fault.number] - {"import"})
        if checkout is not None or not chosen:  # other names of tests; or a line that runs when it is imported
            chosen = sorted({test.partition("::")[0].rpartition("/")[0] for test in chosen}) or _folders_of(fault.file)
            chosen = [name for name in chosen if (copy / name).exists()]
        how, by = _noticed(copy, fault, chosen, at_length=checkout is not None)
        row = {"number": fault.number, "how": how, "by": by, "tests": len(tests[fault.number])}
        row["seconds"] = round(time.monotonic() - begun)
        with (folder / f"{name}-{part}.jsonl").open("a", encoding="utf-8") as out:
            out.write(json.dumps(row) + "\n")
        print(row, flush=True)


def _nearest(fault: Fault, tests: Iterable[str]) -> list[str]:
    """Return at most MOST_TESTS tests, up to 20 per file, those of similarly named files first."""
    words, by_file = set(re.findall("[a-z]+", fault.file)), defaultdict(list)
    for test in sorted(tests):
        by_file[test.partition("::")[0]].append(test)
    files = sorted(by_file, key=lambda file: (-len(words & set(re.findall("[a-z]+", file))), len(by_file[file]), file))
    return [
        test
        for file in files
        for test in random.Random(fault.number).sample(by_file[file], min(20, len(by_file[file])))
    ][:MOST_TESTS]


def _noticed(copy: Path, fault: Fault, tests: Sequence[str], *, at_length: bool) -> tuple[str, str]:
    """Run the tests with one fault turned on and return the result and what it rests on."""
    environment = {name: value for name, value in os.environ.items() if name not in ("GATE", "AT_LENGTH", "RUN_LENGTH")}
    environment |= {"AT_LENGTH" if at_length else "GATE": "1", "SEED": str(SEED), "FAULT": str(fault.number)}
    command = [str(copy / ".venv/bin/python"), "-m", "pytest", "-n", "0", "-x", "-q", "-p", "no:cacheprovider", *tests]
    try:
        done = subprocess.run(
            command, cwd=copy, env=environment, capture_output=True, text=True, timeout=SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        return "survived", "time limit"
    failed = [line for line in done.stdout.splitlines() if line.startswith(("FAILED", "ERROR"))]
    if done.returncode == 0:
        return "survived", f"{len(tests)} tests"
    if done.returncode == 5 or (done.returncode == 4 and "not found: " in done.stdout + done.stderr):
        return "not run", "pytest found no such test"
    return "noticed", failed[0][:160] if failed else f"exit status {done.returncode}"


def _folders_of(file: str) -> list[str]:
    parts = [part.removesuffix(".py") for part in Path(file).parts[:2]]
    return [f"tests/{name}" for name in (*parts[1:], parts[0], "api", "cli") if (PROJECT / "tests" / name).is_dir()][:2]


def _faults(folder: Path) -> list[Fault]:
    return [Fault(**fault) for fault in json.loads((folder / "faults.json").read_text(encoding="utf-8"))]


def _results(folder: Path, name: str) -> list[dict[str, object]]:
    return [
        json.loads(line) for file in sorted(folder.glob(f"{name}-*.jsonl")) for line in file.read_text().splitlines()
    ]


def report(folder: Path) -> None:
    """Print how many faults were noticed, and each that was not."""
    faults, before = _faults(folder), {row["number"]: row for row in _results(folder, "before")}
    rows = _results(folder, "gate")
    survived = [row for row in rows if row["how"] == "survived"]
    count = Counter(row["how"] for row in rows)
    print(f"{len(rows)} of {len(faults)} faults tried: {dict(count)}")
    for row in survived:
        fault = faults[int(str(row["number"]))]
        print(f"{row['number']}: {fault.file}:{fault.line} ({row['by']})  tests before: {before.get(row['number'])}")
        print(f"  - {fault.text.strip()}\n  + {fault.shown()}")


def main() -> None:
    """Run the command that the first argument names."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("command", choices=["draw", "trace", "run", "report"])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--alike", type=Path, help="draw only lines that this checkout has too")
    parser.add_argument("--part", type=int, default=0)
    parser.add_argument("--parts", type=int, default=1)
    parser.add_argument("--tests", type=Path, help="the checkout whose tests to hold survivors against")
    chosen = parser.parse_args()
    folder = chosen.folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    match chosen.command:
        case "draw":
            draw(folder, chosen.alike)
        case "trace":
            trace(folder)
        case "run":
            run(folder, part=chosen.part, parts=chosen.parts, checkout=chosen.tests)
        case "report":
            report(folder)


if __name__ == "__main__":
    main()
