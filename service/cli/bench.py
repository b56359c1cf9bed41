"""`bench`: the speed of the search on a synthetic coalition, beside the programs that people would write instead."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from service.answers.printed.page import PrintedPage
from service.bench import asking, coalitions, load
from service.bench.measure import tables
from service.bench.questions import profile_of, search_worst
from service.bench.report import DECISIONS, measure_coalition, measure_everyday, write_report
from service.bench.stored import Costs, measure_costs, measure_stored
from service.cli.console import console
from service.cli.options import DatabaseUrl
from service.words import commands


def add_commands(app: typer.Typer) -> None:
    """Add `bench` to the program."""
    app.command("bench")(bench)


def bench(
    *,
    agencies: Annotated[int, typer.Option(min=3, help=commands.BENCH_AGENCIES)] = 300,
    needs: Annotated[int | None, typer.Option(min=1, max=8, help=commands.BENCH_NEEDS)] = None,
    decisions: Annotated[int, typer.Option(min=0, help=commands.BENCH_DECISIONS)] = DECISIONS,
    compare: Annotated[bool, typer.Option(help=commands.BENCH_COMPARE)] = True,
    http: Annotated[bool, typer.Option(help=commands.BENCH_HTTP)] = True,
    is_stored: Annotated[bool, typer.Option("--stored", help=commands.BENCH_STORED)] = False,
    as_document: Annotated[bool, typer.Option("--json", help=commands.BENCH_JSON)] = False,
    report: Annotated[bool, typer.Option("--report", help=commands.BENCH_REPORT)] = False,
    everyday: Annotated[bool, typer.Option("--everyday", help=commands.BENCH_EVERYDAY)] = False,
    worst_minutes: Annotated[int | None, typer.Option("--worst", min=1, help=commands.BENCH_WORST)] = None,
    questions: Annotated[bool, typer.Option("--questions", help=commands.BENCH_QUESTIONS)] = False,
    questions_clients: Annotated[int, typer.Option(min=1, help=commands.BENCH_QUESTIONS_CLIENTS)] = asking.CLIENTS,
    plan: Annotated[bool, typer.Option("--plan", help=commands.BENCH_PLAN)] = False,
    figures_file: Annotated[
        Path | None, typer.Option("--figures", dir_okay=False, exists=True, help=commands.BENCH_FIGURES)
    ] = None,
    database: DatabaseUrl = None,
) -> None:
    """Measure the search on an invented coalition, and the demo over HTTP.

    No database of yours is read or changed. --stored and --report fill an empty --database; without one, a new file.
    """
    if worst_minutes is not None:
        return print_worst(60 * worst_minutes)
    try:
        if report:
            return write_report(database=database)
        if plan:
            figures = plan_of(agencies, figures_file, database)
        elif is_stored:
            figures = {"stored": measure_stored(agencies, database=database)}
        elif questions:
            figures = {"questions": asking.measure_questions(questions_clients)}
        elif everyday:
            figures = {"everyday": measure_everyday()}
        else:
            figures = measure_coalition(agencies, needs, compare=compare, decisions=decisions)
            figures["http"] = load.measure_http() if http else None
    except coalitions.NotEmpty:
        raise typer.BadParameter(commands.BENCH_NOT_EMPTY, param_hint="--database") from None
    if as_document:
        print(json.dumps(figures, indent=1))  # noqa: T201 - JSON as it is
    else:
        PrintedPage(console()).verbatim(tables(figures))
    return None


def plan_of(agencies: int, figures: Path | None, database: str | None) -> dict[str, Any]:
    """Return the costs of a file, or measured ones with the run beside its simulation, and the plan from them."""
    try:
        from service.bench import plan  # noqa: PLC0415 - simpy is for whoever plans
    except ImportError:
        raise typer.BadParameter(commands.BENCH_NO_SIMPY, param_hint="--plan") from None
    comparison = None
    if figures is None:
        costs, run = measure_costs(agencies, database=database)
        comparison = plan.compare_with_simulation(run)
    else:
        try:
            costs = Costs.read(figures)
        except ValueError:
            raise typer.BadParameter(commands.BENCH_NO_FIGURES, param_hint="--figures") from None
    scales = [plan.plan(costs, scale) for scale in plan.SCALES]
    return {"costs": asdict(costs), "one_process": comparison, "scales": scales}


def print_worst(seconds: float) -> None:
    """Print each question to an awkward directory that takes longer than all before it, as a line of JSON."""
    directory = coalitions.serve(shape=coalitions.AWKWARD)
    for spent_ms, question in search_worst(directory, seconds):
        line = {"cpu_ms": round(spent_ms, 1), "profile": json.loads(profile_of(question))}
        print(json.dumps(line), flush=True)  # noqa: T201 - one object a line
