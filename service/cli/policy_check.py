"""`policy check` and `policy limits`: what is proven of the rules, and where each begins and ends.

The solver is large and only these commands need it, so it is loaded when they run.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

import policies
from service.render.checks import print_findings, print_outcomes, print_step
from service.terminal import Status, Stopped, console, say

RulesFolder = Annotated[
    Path | None,
    typer.Option(
        "--rules",
        metavar="DIR",
        exists=True,
        file_okay=False,
        help="A folder of packs, laid out as policies/packs is. Without it: the packs that come with the program.",
    ),
]
WithMutants = Annotated[
    bool,
    typer.Option(
        "--mutants", help="Also change the rules, one small thing at a time, and say which check notices each."
    ),
]
Whole = Annotated[
    bool, typer.Option("--whole", help="Sweep each rule whole, up to a million points, against Cedar: many minutes.")
]
EachMutant = Annotated[bool, typer.Option("--each", help="With --mutants: one line for each change.")]


def add_commands(policy: typer.Typer) -> None:
    """Add these commands to the group `policy`."""
    policy.command("check")(check)
    policy.command("limits")(limits)


def check(
    rules: RulesFolder = None, mutants: WithMutants = False, each: EachMutant = False, whole: Whole = False
) -> int:
    """Prove what the rules promise, run all their cases, and ask Cedar the same."""
    sets = _sets(rules)
    sound = [_check_set(names, rules, mutants=mutants, each=each, whole=whole) for names in sets]
    say("All of it holds." if all(sound) else "Not all of it holds.")
    return Status.DONE if all(sound) else Status.REFUSED


def limits(
    pack: Annotated[str, typer.Argument(metavar="PACK", help="The name of a pack.")], rules: RulesFolder = None
) -> None:
    """Write where each rule of a pack begins and ends, as it stands: for its limits.yaml, once read and found right."""
    from policies.bounds import limits_as_they_stand

    names = next((names for names in _sets(rules) if pack in names), None)
    if names is None:
        raise Stopped("There is no pack of that name.")
    say(limits_as_they_stand(policies.read_pack(names, rules), pack))


def _check_set(names: tuple[str, ...], rules: Path | None, *, mutants: bool, each: bool, whole: bool) -> bool:
    from policies.check import Check

    say(f"Packs: {', '.join(names)}")
    page, sound = console(), True
    try:
        checked = Check(names, rules)
        for step in checked.steps(most=1_000_000) if whole else checked.steps():
            print_step(page, step)
            sound = sound and not step.findings
    except policies.PackError as refused:
        print_findings(page, refused.problems)
        return False
    if mutants and sound:
        return print_outcomes(page, list(checked.hunt()), each=each)
    return sound


def _sets(rules: Path | None) -> tuple[tuple[str, ...], ...]:
    from policies.check import sets_of_packs

    found = sets_of_packs(rules)
    if not any(found):
        raise Stopped("There is no pack in that folder: a pack is a folder with *.cedar files.", Status.WRONG_USAGE)
    return found
