"""`bench`: the speed of the search on a synthetic coalition, beside the programs that people would write instead."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from service.answers.printed.page import PrintedPage
from service.bench import asking, coalitions, groups, over_http, stored, worst
from service.bench.costs import Costs, measure_costs
from service.bench.everyday import measure_everyday, table_of
from service.bench.measure import DECISIONS, as_json, report
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
                tell_stored(stored.measure_stored(agencies, database=database), as_document=as_document)
    elif questions:
        tell_questions(asking.measure_questions(questions_clients), as_document=as_document)
    elif everyday:
        tell_everyday(measure_everyday(), as_document=as_document)
    elif worst_minutes is not None:
        tell_worst(60 * worst_minutes)
    elif group:
        tell_group(groups.measure_group(agencies), as_document=as_document)
    else:
        figures = report(agencies, needs, compare=compare, decisions=decisions)
        figures["http"] = over_http.measure_http() if http else None
        if as_document:
            print(as_json(figures))  # noqa: T201 - JSON as it is, no matter how wide the terminal
        else:
            tell_figures(figures, needs)


@contextmanager
def refusing_a_filled_database() -> Iterator[None]:
    """Refuse, for a `with` block, a `--database` that holds a coalition."""
    try:
        yield
    except stored.NotEmpty:
        raise typer.BadParameter(measured.MUST_BE_EMPTY, param_hint="--database") from None


def tell_figures(figures: dict[str, Any], needs: int | None) -> None:
    """Print the figures of an invented coalition."""
    page = PrintedPage(console())
    paths, theirs = figures["paths"], figures["networkx"]
    page.heading(measured.HOW_FAST)
    size = measured.SIZE.format_map(figures)
    page.item(measured.QUESTIONS.format(size=size, needs=needs_in_words(needs), seed=figures["seed"]))
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


def tell_group(figures: dict[str, Any], *, as_document: bool) -> None:
    """Print the figures of a group asked for at once, as text or as JSON."""
    if as_document:
        print(as_json(figures))  # noqa: T201 - JSON as it is
        return
    groups.tell(PrintedPage(console()), figures)


def tell_stored(figures: dict[str, Any], *, as_document: bool) -> None:
    """Print the figures of a coalition stored in a database, as text or as JSON."""
    if as_document:
        print(as_json(figures))  # noqa: T201 - JSON as it is
        return
    page = PrintedPage(console())
    page.heading(measured.UNDER_LOAD)
    stored.tell(page, figures)


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
    document = {"costs": costs.as_document(), "one_process": compared, "scales": rows}
    print(as_json(document) if as_document else plan.tables_of(costs, compared, rows))  # noqa: T201 - as wide as it is


def tell_questions(rows: list[dict[str, Any]], *, as_document: bool) -> None:
    """Print how many questions lead to a call, as text or as JSON."""
    if as_document:
        print(as_json({"questions": rows}))  # noqa: T201 - JSON as it is
    else:
        asking.tell(PrintedPage(console()), rows)


def tell_everyday(rows: list[dict[str, Any]], *, as_document: bool) -> None:
    """Print what answers take, as a table in Markdown or as JSON."""
    print(as_json({"everyday": rows}) if as_document else table_of(rows))  # noqa: T201 - no matter how wide the terminal


def tell_worst(seconds: float) -> None:
    """Print each question to an awkward directory that takes longer than all before it, as a line of JSON."""
    served = coalitions.serve(shape=coalitions.AWKWARD)
    for spent, question in worst.search_worst(served, seconds):
        found = {"cpu_ms": round(spent, 1), "profile": json.loads(profile_of(question))}
        print(json.dumps(found), flush=True)  # noqa: T201 - one object a line


def needs_in_words(needs: int | None) -> str:
    """Return the number of needs of each profile in words.

    >>> needs_in_words(3), needs_in_words(None)
    ('3 needs', 'one to eight needs')
    """
    return measured.ANY_NEEDS if needs is None else measured.NEEDS.format(needs=needs)
