"""Benchmarks on invented coalitions and on the demo, run from a checkout with the `test` extra installed.

    PYTHONPATH=tests .venv/bin/python -m benchmarks --help

They print tables in Markdown. No database of yours is read or changed: `--database` must name an empty one.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer
from benchmarks import asking, coalitions, load, plan, report, what_if
from benchmarks.measure import tables
from benchmarks.questions import profile_of, search_worst
from benchmarks.stored import Costs, measure_costs, measure_stored

app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False, help=__doc__)
Agencies = Annotated[int, typer.Option(min=3, help="How many agencies; five times as many services.")]
Database = Annotated[str | None, typer.Option(metavar="URL", help="An empty database; by default a new SQLite file.")]


@app.command()
def search(
    *,
    agencies: Agencies = coalitions.AGENCIES,
    needs: Annotated[int | None, typer.Option(min=1, max=8, help="Needs in a profile; by default 1 to 8.")] = None,
    decisions: Annotated[int, typer.Option(min=0, help="Random decisions by both engines.")] = report.DECISIONS,
    compare: Annotated[bool, typer.Option(help="Ask networkx the same questions, which is slow.")] = True,
    http: Annotated[bool, typer.Option(help="Measure requests per second on the demo.")] = True,
) -> None:
    """Time the search, the rules and HTTP, beside the programs that people would write instead."""
    figures = report.measure_coalition(agencies, needs, compare=compare, decisions=decisions)
    show(figures | {"http": load.measure_http() if http else None})


@app.command()
def everyday() -> None:
    """Time usual and large questions, first asked and asked again."""
    show({"everyday": report.measure_everyday()})


@app.command("what-if")
def time_what_if(*, agencies: Agencies = what_if.AGENCIES) -> None:
    """Time a what-if with one more night bed and one more agreement, of a usual coalition and an awkward one."""
    show({"what_if": what_if.measure_what_if(agencies)})


@app.command()
def stored(*, agencies: Agencies = coalitions.AGENCIES, database: Database = None) -> None:
    """Load a coalition into a database, read it back, and ask one and two server processes."""
    show({"stored": refuse_filled(measure_stored, agencies, database=database)})


@app.command()
def questions(*, clients: Annotated[int, typer.Option(min=1, help="Of each coalition.")] = asking.CLIENTS) -> None:
    """Count the questions up to a call, beside the best decision tree."""
    show({"questions": asking.measure_questions(clients)})


@app.command()
def worst(minutes: Annotated[int, typer.Argument(min=1)]) -> None:
    """Search for the slowest question; print each that is slower than all before it, as a line of JSON."""
    for spent_ms, question in search_worst(coalitions.serve(shape=coalitions.AWKWARD), 60 * minutes):
        typer.echo(json.dumps({"cpu_ms": round(spent_ms, 1), "profile": json.loads(profile_of(question))}))


@app.command()
def sizing(
    *,
    agencies: Agencies = coalitions.AGENCIES,
    costs: Annotated[Path | None, typer.Option(dir_okay=False, exists=True, help="Measured earlier.")] = None,
    keep: Annotated[Path | None, typer.Option(dir_okay=False, help="Write the measured costs to a file.")] = None,
    write: Annotated[bool, typer.Option("--write", help=f"Write the tables into {report.DEPLOYMENT.name}.")] = False,
    database: Database = None,
) -> None:
    """Measure what answers and changes cost; simulate a region, a state and the country for a week."""
    comparison = None
    if costs is None:
        known, run = refuse_filled(measure_costs, agencies, database=database)
        comparison = plan.compare_with_simulation(run)
    else:
        try:
            known = Costs.read(costs)
        except ValueError:
            raise typer.BadParameter("must be a file that --keep wrote", param_hint="--costs") from None
    if keep is not None:
        known.write(keep)
    figures = plan.sizing(known, comparison)
    if write:
        report.write_tables(report.DEPLOYMENT, figures)
    else:
        show(figures)


@app.command("report")
def write_figures(*, database: Database = None) -> None:
    """Measure each size and write the tables into routing/FIGURES.md, which takes an hour."""
    refuse_filled(report.write_report, database=database)


def refuse_filled(measure: Any, *arguments: Any, database: str | None) -> Any:
    """Measure in an empty database; a database with a coalition in it is wrong usage."""
    try:
        return measure(*arguments, database=database)
    except coalitions.NotEmpty:
        raise typer.BadParameter("must be empty", param_hint="--database") from None


def show(figures: dict[str, Any]) -> None:
    typer.echo(tables(figures))


if __name__ == "__main__":
    app(prog_name="benchmarks")
