"""`bench`: how fast the search is, on a synthetic coalition, beside what people would write instead."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from service.bench import over_http, stored
from service.bench.measure import DECISIONS, as_json, report
from service.bench.written import write_report
from service.cli.options import DatabaseUrl
from service.render.page import Page
from service.terminal import console


def add_commands(app: typer.Typer) -> None:
    """Add this command to the program."""
    app.command("bench")(bench)


def bench(
    *,
    agencies: Annotated[int, typer.Option(min=3, help="How many agencies; five times as many services.")] = 300,
    needs: Annotated[int | None, typer.Option(min=1, max=8, help="Needs in a profile; else one to eight.")] = None,
    decisions: Annotated[int, typer.Option(min=0, help="How many random decisions by both engines.")] = DECISIONS,
    compare: Annotated[bool, typer.Option(help="Also ask networkx the same, which is slow.")] = True,
    http: Annotated[bool, typer.Option(help="Measure requests a second over HTTP too, on the demo.")] = True,
    in_rows: Annotated[bool, typer.Option("--stored", help="Only load it, read it from rows, ask under load.")] = False,
    as_document: Annotated[bool, typer.Option("--json", help="Print the figures as JSON.")] = False,
    written: Annotated[bool, typer.Option("--report", help="Measure each size and write routing/README.md.")] = False,
    database: DatabaseUrl = None,
) -> None:
    """Measure the search on an invented coalition, and the demo over HTTP.

    No database of yours is read or changed. With --stored, --database is an empty one to fill, else a new file.
    """
    if written:
        write_report()
        return
    if in_rows:
        try:
            figures = stored.measure_stored(agencies, database=database)
        except stored.NotEmpty:
            raise typer.BadParameter("must be empty", param_hint="--database") from None
        tell_stored(figures, as_document=as_document)
        return
    figures = report(agencies, needs, compare=compare, decisions=decisions)
    figures["http"] = over_http.measure_http() if http else None
    if as_document:
        print(as_json(figures))  # noqa: T201 - JSON as it is, no matter how wide the terminal
        return
    page = Page(console())
    paths, theirs = figures["paths"], figures["networkx"]
    page.heading("HOW FAST")
    size = f"{figures['agencies']} agencies, {figures['services']} services"
    page.item(f"{size}, {needs_in_words(needs)}; seed {figures['seed']}.")
    page.item(f"Five paths: {paths['p50_ms']} ms for half of the profiles, {paths['p99_ms']} ms for 99 in 100.")
    whole = figures["whole_answer"]
    page.item(f"The whole answer: {whole['p50_ms']} ms for half of them, {whole['p99_ms']} ms for 99 in 100; "
              f"{whole['complete']:.0%} complete within the times that HTTP gives.")  # fmt: skip
    page.item(f"Finding who could serve alone: {figures['floor']['p50_ms']} ms.")
    if theirs is not None:
        page.item(f"The same in networkx: {theirs['p50_ms']} ms, {theirs['ratio']} times as long.")
    if sql := figures["sql"]:
        page.item(f"One SQL query for each need, which only lists who could serve: {sql['p50_ms']} ms.")
    if rules := figures["rules"]:
        page.item(f"A decision: {rules['compiled_us']} microseconds compiled, {rules['cedar_us']} by Cedar: "
                  f"{rules['ratio']} times as long. {rules['requests']} random requests, "
                  f"{rules['disagreements']} disagreements.")  # fmt: skip
        page.item(f"Rules take {rules['part_of_request']:.1%} of finding five paths.")
    page.item(f"{figures['bytes_per_service']} bytes for each service; built in {figures['build_ms']} ms.")
    if figures["http"] is not None:
        over_http.tell(page, figures["http"])
    page.item(f"Measured on {figures['machine']}.")


def tell_stored(figures: dict[str, Any], *, as_document: bool) -> None:
    """Print what a stored coalition takes."""
    if as_document:
        print(as_json(figures))  # noqa: T201 - JSON as it is
        return
    page = Page(console())
    page.heading("HOW FAST UNDER LOAD")
    stored.tell(page, figures)


def needs_in_words(needs: int | None) -> str:
    """Return how many needs the profiles have, in words."""
    return "one to eight needs" if needs is None else f"{needs} needs"
