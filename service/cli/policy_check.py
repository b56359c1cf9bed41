"""`policy check`: prove promises of the rules, compare the compiled rules with Cedar, try the proofs on seeded faults.

The solver is large and only `policy check` needs the solver, so it is imported when the command runs.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime
from multiprocessing import get_context
from pathlib import Path
from typing import Annotated

import typer

import policies
from service.answers.printed import print_sources
from service.answers.printed.checks import print_findings, print_outcomes, print_step
from service.cli.console import printed_page
from service.cli.options import DatabaseUrl
from service.cli.packs import law_in, packs_in
from service.cli.terminal import Status, Stopped, say
from service.i18n import commands, replies

MOST_WORKERS = 4

RulesFolder = Annotated[
    Path | None,
    typer.Option(
        "--rules",
        metavar="DIR",
        exists=True,
        file_okay=False,
        help=commands.RULES_FOLDER,
    ),
]
WithMutants = Annotated[
    bool,
    typer.Option("--mutants", help=commands.MUTANTS),
]
PointLimit = Annotated[int, typer.Option("--points", min=1, help=commands.POINTS)]
Age = Annotated[bool, typer.Option("--age", help=commands.AGE)]
ByMutant = Annotated[bool, typer.Option("--each", help=commands.EACH)]


def add_commands(policy: typer.Typer) -> None:
    """Add `check` to the group `policy`."""
    policy.command("check")(check)


def check(
    *,
    rules: RulesFolder = None,
    mutants: WithMutants = False,
    by_mutant: ByMutant = False,
    points: PointLimit = 1_000_000,
    age: Age = False,
    database: DatabaseUrl = None,
) -> int:
    """Prove the promises of the rules, run their cases, and ask Cedar the same questions.

    With --database only the packs of its coalition are checked, together.
    """
    if age:
        return _check_age(database)
    sets = _sets(rules) if database is None else (packs_in(database),)
    sound = list(_check_sets(sets, rules, mutants=mutants, by_mutant=by_mutant, points=points))
    say(replies.ALL_HOLDS if all(sound) else replies.NOT_ALL_HOLDS)
    return Status.DONE if all(sound) else Status.REFUSED


def _check_age(database: str | None) -> int:
    today = datetime.now(UTC).date()
    old = [source for source in policies.sources_of(*law_in(database)) if source.is_old(today)]
    print_sources(printed_page(), old)
    say(replies.READ_AGAIN.format(count=len(old)) if old else replies.ALL_READ)
    return Status.REFUSED if old else Status.DONE


def _check_sets(
    sets: tuple[tuple[str, ...], ...], rules: Path | None, *, mutants: bool, by_mutant: bool, points: int
) -> Iterator[bool]:
    """Yield whether each set of packs is sound; faults are seeded once in the packs that several sets share."""
    from policies.verify import newly_met

    for names, new in newly_met(sets):
        yield _check_set(names, rules, faulty=new if mutants else frozenset(), by_mutant=by_mutant, points=points)


def _check_set(
    names: tuple[str, ...], rules: Path | None, *, faulty: frozenset[str], by_mutant: bool, points: int
) -> bool:
    from policies.verify import Check

    say(replies.PACKS.format(names=", ".join(names)))
    page, sound = printed_page(), True
    try:
        pack_check = Check(names, rules)
        with ProcessPoolExecutor(min(os.cpu_count() or 1, MOST_WORKERS), get_context("spawn")) as pool:
            for step in pack_check.steps(most=points, spread=pool.map):
                print_step(page, step)
                sound = sound and not step.issues
    except policies.PackError as refused:
        print_findings(page, refused.problems)
        return False
    if faulty and sound:
        return print_outcomes(page, list(pack_check.hunt(packs=faulty)), by_fault=by_mutant)
    return sound


def _sets(rules: Path | None) -> tuple[tuple[str, ...], ...]:
    from policies.verify import sets_of_packs

    sets = sets_of_packs(rules)
    if not any(sets):
        raise Stopped(replies.NO_PACK, Status.WRONG_USAGE)
    return sets
