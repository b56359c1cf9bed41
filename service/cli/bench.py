"""`bench`: the speed of the search on a synthetic coalition, beside the programs that people would write instead."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from service.answers.printed.page import PrintedPage
from service.bench import asking, coalitions, groups, over_http, stored, worst
from service.bench.costs import Costs, measure_costs
from service.bench.everyday import measure_everyday, table_of
from service.bench.measure import DECISIONS, report
from service.bench.questions import profile_of
from service.bench.written import write_report
from service.cli.console import console
from service.cli.options import DatabaseUrl
from service.words import commands, measured


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
    in_rows: Annotated[bool, typer.Option("--stored", help=commands.BENCH_STORED)] = False,
    as_document: Annotated[bool, typer.Option("--json", help=commands.BENCH_JSON)] = False,
    written: Annotated[bool, typer.Option("--report", help=commands.BENCH_REPORT)] = False,
    everyday: Annotated[bool, typer.Option("--everyday", help=commands.BENCH_EVERYDAY)] = False,
    worst_minutes: Annotated[int | None, typer.Option("--worst", min=1, help=commands.BENCH_WORST)] = None,
    questions: Annotated[bool, typer.Option("--questions", help=commands.BENCH_QUESTIONS)] = False,
    questions_clients: Annotated[int, typer.Option(min=1, help=commands.BENCH_QUESTIONS_CLIENTS)] = asking.CLIENTS,
    group: Annotated[bool, typer.Option("--group", help=commands.BENCH_GROUP)] = False,
    planned: Annotated[bool, typer.Option("--plan", help=commands.BENCH_PLAN)] = False,
    figures_file: Annotated[
        Path | None, typer.Option("--figures", dir_okay=False, exists=True, help=commands.BENCH_FIGURES)
    ] = None,
    database: DatabaseUrl = None,
) -> None:
    """Measure the search on an invented coalition, and the demo over HTTP.

    No database of yours is read or changed. --stored and --report fill an empty --database; without one, a new file.
    """
    if planned or written or in_rows:
        with refusing_a_filled_database():
            if planned:
                tell_plan(agencies, figures_file, database, as_document=as_document)
            elif written:
                write_report(database=database)
            else:
                tell(stored.measure_stored(agencies, database=database), stored.tell, as_document=as_document)
    elif questions:
        rows = asking.measure_questions(questions_clients)
        tell({"questions": rows}, lambda page, _: asking.tell(page, rows), as_document=as_document)
    elif everyday:
        rows = measure_everyday()
        tell({"everyday": rows}, lambda page, _: page.verbatim(table_of(rows)), as_document=as_document)
    elif worst_minutes is not None:
        tell_worst(60 * worst_minutes)
    elif group:
        tell(groups.measure_group(agencies), groups.tell, as_document=as_document)
    else:
        figures = report(agencies, needs, compare=compare, decisions=decisions)
        figures["http"] = over_http.measure_http() if http else None
        tell(figures, tell_figures, as_document=as_document)


def tell(figures: dict[str, Any], write: Callable[[PrintedPage, dict[str, Any]], None], *, as_document: bool) -> None:
    """Print figures as JSON, no matter how wide the terminal, or as `write` puts them on a page."""
    if as_document:
        print(json.dumps(figures, indent=1))  # noqa: T201 - JSON as it is
    else:
        write(PrintedPage(console()), figures)


@contextmanager
def refusing_a_filled_database() -> Iterator[None]:
    """Refuse, for a `with` block, a `--database` that holds a coalition."""
    try:
        yield
    except over_http.NotEmpty:
        raise typer.BadParameter(measured.MUST_BE_EMPTY, param_hint="--database") from None


def tell_figures(page: PrintedPage, figures: dict[str, Any]) -> None:
    """Print the figures of an invented coalition."""
    paths, theirs = figures["paths"], figures["networkx"]
    page.heading(measured.HOW_FAST)
    size = measured.SIZE.format_map(figures)
    page.item(measured.QUESTIONS.format(size=size, needs=needs_in_words(figures["needs"]), seed=figures["seed"]))
    page.item(measured.PATHS.format_map(paths))
    whole = figures["whole_answer"]
    page.item(measured.WHOLE_ANSWER.format_map(whole))
    page.item(measured.SERVE_ALONE.format_map(figures["floor"]))
    if theirs is not None:
        page.item(measured.NETWORKX.format_map(theirs))
    if rules := figures["rules"]:
        page.item(measured.DECISION.format_map(rules))
    page.item(measured.MEMORY.format_map(figures))
    if figures["http"] is not None:
        over_http.tell(page, figures["http"])
    page.item(measured.MACHINE.format_map(figures))


def tell_plan(agencies: int, figures: Path | None, database: str | None, *, as_document: bool) -> None:
    """Print the plan from the costs of a file, or from measured ones, as tables in Markdown or as JSON."""
    try:
        from service.bench import plan  # noqa: PLC0415 - simpy is for whoever plans
    except ImportError:
        raise typer.BadParameter(measured.NO_SIMPY, param_hint="--plan") from None
    compared = None
    if figures is None:
        costs, run = measure_costs(agencies, database=database)
        compared = plan.hold_against(run)
    else:
        try:
            costs = Costs.read(figures)
        except ValueError:
            raise typer.BadParameter(measured.NO_FIGURES, param_hint="--figures") from None
    rows = plan.plan(costs)
    document = {"costs": asdict(costs), "one_process": compared, "scales": rows}
    tables = plan.tables_of(costs, compared, rows)
    tell(document, lambda page, _: page.verbatim(tables), as_document=as_document)


def tell_worst(seconds: float) -> None:
    """Print each question to an awkward directory that takes longer than all before it, as a line of JSON."""
    served = coalitions.serve(shape=coalitions.AWKWARD)
    for spent, question in worst.search_worst(served, seconds):
        line = {"cpu_ms": round(spent, 1), "profile": json.loads(profile_of(question))}
        print(json.dumps(line), flush=True)  # noqa: T201 - one object a line


def needs_in_words(needs: int | None) -> str:
    """Return the number of needs of each profile in words.

    >>> needs_in_words(3), needs_in_words(None)
    ('3 needs', 'one to eight needs')
    """
    return measured.ANY_NEEDS if needs is None else measured.NEEDS.format(needs=needs)
