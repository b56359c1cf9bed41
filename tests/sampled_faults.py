"""How strong the gate is: draws one-line faults at random and counts those that no test notices.

    .venv/bin/python tests/sampled_faults.py coverage FOLDER        # which test runs which line: one gate run, traced
    .venv/bin/python tests/sampled_faults.py draw FOLDER            # 150 faults, by a fixed seed
    .venv/bin/python tests/sampled_faults.py run FOLDER             # each against the tests that run its line
    .venv/bin/python tests/sampled_faults.py report FOLDER

FOLDER keeps the coverage data and the results: `run` goes on where it was stopped. `run --at-length --tests DIR` holds
those that survived against another checkout's tests of the same folders, with the same fault in that checkout's code.
"""

from __future__ import annotations

import argparse
import ast
import json
import os
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]
PACKAGES = ("service", "routing", "policies")
LEFT_OUT = ("migrations/versions", "service/demo")
SEED, COUNT, MOST_TESTS = 52, 150, 400
SECONDS, SECONDS_AT_LENGTH = 240, 900
COVERAGE_SETTINGS = """\
[run]
source = service, routing, policies
parallel = true
patch = subprocess
concurrency = thread
data_file = {data}
context = ${{TEST_CONTEXT}}
"""
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
    """One line of a file, as it is and with a fault."""

    number: int
    file: str
    line: int
    before: str
    after: str


def faults_in(file: str) -> Iterator[Fault]:
    """Yield a fault for each expression or statement, on one line, that can be replaced within that line."""
    text = (PROJECT / file).read_text(encoding="utf-8")
    lines = text.splitlines()
    tree = ast.parse(text)
    annotations = {
        id(part)
        for node in ast.walk(tree)
        for name in ("annotation", "returns")
        if (annotation := getattr(node, name, None)) is not None
        for part in ast.walk(annotation)
    }
    for node in ast.walk(tree):
        if id(node) in annotations or getattr(node, "lineno", None) is None or node.lineno != node.end_lineno:
            continue
        line, other = lines[node.lineno - 1].encode(), _replaced(node)  # the tree counts columns in bytes
        if other is None or line[node.col_offset : node.end_col_offset] == other.encode():
            continue
        after = line[: node.col_offset] + other.encode() + line[node.end_col_offset :]
        yield Fault(0, file, node.lineno, line.decode(), after.decode())


def _replaced(node: ast.AST) -> str | None:
    """Return the source of a fault in place of a node; None where there is none."""
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
            return f"({ast.unparse(ast.BinOp(left, OPERATORS[type(operator)](), right))})"
        case ast.Constant(value=bool() as value):
            return str(not value)
        case ast.Constant(value=int() as value):
            return str(value + 1)
        case ast.IfExp(test=test, body=body, orelse=orelse):
            return f"({ast.unparse(ast.IfExp(test, orelse, body))})"
        case ast.Return(value=value) if value is not None and not isinstance(value, ast.Constant):
            return "return None"
        case ast.Expr(value=ast.Call()) | ast.Raise():
            return "pass"
        case ast.Continue():
            return "break"
    return None


def draw(folder: Path, alike: Path | None) -> None:
    """Draw lines at random and a fault of each; with `alike`, lines that this other checkout has too."""
    files = [
        str(file.relative_to(PROJECT))
        for package in PACKAGES
        for file in sorted((PROJECT / package).rglob("*.py"))
        if not any(part in str(file) for part in LEFT_OUT)
    ]
    by_line: dict[tuple[str, int], list[Fault]] = {}
    for file in files:
        there = None
        if alike is not None:
            there = (alike / file).read_text(encoding="utf-8").splitlines() if (alike / file).exists() else []
        for fault in faults_in(file):
            if there is None or there.count(fault.before) == 1:
                by_line.setdefault((fault.file, fault.line), []).append(fault)
    chance = random.Random(SEED)
    drawn = (chance.choice(by_line[line]) for line in chance.sample(sorted(by_line), 2 * COUNT))
    chosen = list(islice(filter(_is_python, drawn), COUNT))
    faults = [asdict(fault) | {"number": number} for number, fault in enumerate(chosen)]
    (folder / "faults.json").write_text(json.dumps(faults, indent=1), encoding="utf-8")
    print(f"{COUNT} faults of {len(by_line)} lines that can have one")


def _is_python(fault: Fault) -> bool:
    lines = (PROJECT / fault.file).read_text(encoding="utf-8").splitlines()
    try:
        ast.parse("\n".join([*lines[: fault.line - 1], fault.after, *lines[fault.line :]]))
    except SyntaxError:
        return False
    return True


def trace(folder: Path) -> None:
    """Run the gate under coverage: which lines each test runs, also in the processes it starts."""
    settings = folder / "coverage.ini"
    settings.write_text(COVERAGE_SETTINGS.format(data=folder / "coverage"), encoding="utf-8")
    environment = os.environ | {"GATE": "1", "FAULTS_COVERAGE": str(settings), "TEST_CONTEXT": "none"}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "sampled_faults_plugin"]
    command += ["--junitxml", str(folder / "gate.xml"), "-o", "junit_duration_report=call"]
    subprocess.run(command, cwd=PROJECT, env=environment, check=False)
    subprocess.run([sys.executable, "-m", "coverage", "combine", f"--rcfile={settings}", str(folder)], check=True)


def tests_of(folder: Path, faults: Sequence[Fault]) -> dict[int, list[str]]:
    """Return for each fault the tests that run its line, those of the fewest lines first."""
    from coverage import CoverageData

    data = CoverageData(str(folder / "coverage"))
    data.read()
    tests: dict[int, list[str]] = {}
    for fault in faults:
        contexts = data.contexts_by_lineno(str(PROJECT / fault.file)).get(fault.line, [])
        tests[fault.number] = sorted({name for name in contexts if "::" in name})
    return tests


def run(folder: Path, *, part: int, parts: int, at_length: bool, checkout: Path | None) -> None:
    """Hold each fault against its tests in a copy of the code, up to the first failure; results go to a file."""
    faults = [Fault(**fault) for fault in json.loads((folder / "faults.json").read_text())]
    results = folder / f"results{'-at-length' if at_length else ''}-{part}.jsonl"
    done = {json.loads(line)["number"] for line in results.read_text().splitlines()} if results.exists() else set()
    tests = tests_of(folder, faults)
    if at_length:
        survived = {row["number"] for row in _results(folder, "results-[0-9].jsonl") if row["how"] == "survived"}
        faults = [fault for fault in faults if fault.number in survived]
    copy = folder / f"copy-{part}{'-at-length' if at_length else ''}"
    _copy(checkout or PROJECT, copy)
    for fault in faults[part::parts]:
        if fault.number in done:
            continue
        chosen = tests[fault.number]
        if at_length or not chosen:  # a line that no traced test runs: all tests of the folders that name its package
            chosen = sorted({test.partition("::")[0] for test in chosen}) or _folders_of(fault.file)
        begun = time.monotonic()
        how, which = _noticed(copy, fault, chosen, at_length=at_length)
        row = {"number": fault.number, "how": how, "by": which, "tests": len(tests[fault.number])}
        row["seconds"] = round(time.monotonic() - begun)
        with results.open("a", encoding="utf-8") as out:
            out.write(json.dumps(row) + "\n")
        print(row, flush=True)


def _noticed(copy: Path, fault: Fault, tests: Sequence[str], *, at_length: bool) -> tuple[str, str]:
    file = copy / fault.file
    original = file.read_text(encoding="utf-8")
    lines = original.splitlines(keepends=True)
    at = fault.line - 1 if lines[fault.line - 1].rstrip("\n") == fault.before else lines.index(fault.before + "\n")
    lines[at] = fault.after + "\n"
    file.write_text("".join(lines), encoding="utf-8")
    environment = {name: value for name, value in os.environ.items() if name not in ("GATE", "AT_LENGTH", "RUN_LENGTH")}
    environment |= {"AT_LENGTH" if at_length else "GATE": "1", "SEED": str(SEED)}
    few = list(tests)
    random.Random(fault.number).shuffle(few)
    command = [str(copy / ".venv/bin/python"), "-m", "pytest", "-n", "0", "-x", "-q", "-p", "no:cacheprovider"]
    try:
        done = subprocess.run(
            [*command, *few[:MOST_TESTS]], cwd=copy, env=environment, capture_output=True, text=True,
            timeout=SECONDS_AT_LENGTH if at_length else SECONDS, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return "survived", "time limit"
    finally:
        file.write_text(original, encoding="utf-8")
    failed = [line for line in done.stdout.splitlines() if line.startswith(("FAILED", "ERROR"))]
    if done.returncode == 0:
        return "survived", f"{len(few)} tests"
    return "noticed", failed[0][:160] if failed else f"exit status {done.returncode}"


def _copy(checkout: Path, to: Path) -> None:
    """Copy a checkout, with an environment of its own in which its code is the one that is imported."""
    if to.exists():
        return
    shutil.copytree(
        checkout, to, ignore=shutil.ignore_patterns(".git", ".venv", "__pycache__", "*cache"), symlinks=True
    )
    (to.parent / "shared").exists() or (to.parent / "shared").symlink_to(PROJECT.parent / "shared")
    subprocess.run([sys.executable, "-m", "venv", to / ".venv"], check=True)
    subprocess.run([to / ".venv/bin/pip", "install", "-q", "-e", f"{to}[test]"], check=True)


def _folders_of(file: str) -> list[str]:
    parts = [part.removesuffix(".py") for part in Path(file).parts[:2]]
    return [f"tests/{name}" for name in (*parts[1:], parts[0], "api", "cli") if (PROJECT / "tests" / name).is_dir()][:2]


def _results(folder: Path, pattern: str) -> list[dict[str, object]]:
    return [json.loads(line) for file in sorted(folder.glob(pattern)) for line in file.read_text().splitlines()]


def report(folder: Path) -> None:
    """Print how many faults were noticed, and each that was not."""
    faults = {fault["number"]: fault for fault in json.loads((folder / "faults.json").read_text())}
    later = {row["number"]: row for row in _results(folder, "results-at-length-*.jsonl")}
    rows = _results(folder, "results-[0-9].jsonl")
    survived = [row for row in rows if row["how"] == "survived"]
    print(f"{len(rows)} of {len(faults)} tried, {len(survived)} survived the gate")
    for row in survived:
        fault = faults[row["number"]]
        print(f"{row['number']}: {fault['file']}:{fault['line']} ({row['by']})  at length: {later.get(row['number'])}")
        print(f"  - {fault['before'].strip()}\n  + {fault['after'].strip()}")


def main() -> None:
    """Run the command that the first argument names."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("command", choices=["coverage", "draw", "run", "report"])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--alike", type=Path, help="draw only lines that this checkout has too")
    parser.add_argument("--part", type=int, default=0)
    parser.add_argument("--parts", type=int, default=1)
    parser.add_argument("--at-length", action="store_true")
    parser.add_argument("--tests", type=Path, help="the checkout to hold survivors against")
    chosen = parser.parse_args()
    chosen.folder.mkdir(parents=True, exist_ok=True)
    match chosen.command:
        case "coverage":
            trace(chosen.folder)
        case "draw":
            draw(chosen.folder, chosen.alike)
        case "run":
            run(chosen.folder, part=chosen.part, parts=chosen.parts, at_length=chosen.at_length, checkout=chosen.tests)
        case "report":
            report(chosen.folder)


if __name__ == "__main__":
    main()
