"""`curate`, `import hsds` and `export hsds`: directories in other formats, and what they leave open."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

from service.cli.options import PLAIN, DatabaseUrl, read_settings
from service.cli.progress import ImportProgress
from service.database import open_database
from service.hsds.curation_file import plain_line
from service.hsds.export_files import export_to, ndjson
from service.hsds.findings import LEFT_OUT
from service.hsds.gaps import IN_WORDS
from service.hsds.report import ORDER, report_document, report_text
from service.terminal import NAME, Status, Stopped, complain, say
from service.usecases.curate import CurationReport
from service.usecases.curate import curate as curate_in
from service.usecases.export_hsds import export_hsds as export_hsds_of
from service.usecases.import_hsds import ImportReport
from service.usecases.import_hsds import import_hsds as import_hsds_into

_MOST_COMPLAINTS = 20  # without --details or a report


def add_commands(app: typer.Typer) -> None:
    """Add these commands to the program."""
    imports = typer.Typer(help="Directories in other formats: what is right goes in, the rest is reported.", **PLAIN)  # type: ignore[arg-type]
    imports.command("hsds")(import_hsds)
    app.add_typer(imports, name="import")
    app.command()(curate)
    exports = typer.Typer(help="The directory in other formats: what everybody may know of it.", **PLAIN)  # type: ignore[arg-type]
    exports.command("hsds")(export_hsds)
    app.add_typer(exports, name="export")


def import_hsds(
    path: Annotated[
        Path,
        typer.Argument(metavar="PATH", help="A file, a folder or a zip archive of JSON, NDJSON or CSV; - reads it in."),
    ],
    *,
    source: Annotated[
        str | None, typer.Option(metavar="NAME", help="Whose ids these are; the file's or folder's name if not given.")
    ] = None,
    timezone: Annotated[
        str | None, typer.Option(metavar="ZONE", help="Time zone of the hours, where no coalition is loaded yet.")
    ] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Store nothing if anything is wrong.")] = False,
    prune: Annotated[
        bool, typer.Option("--prune", help="Remove what this source once brought and does not bring now.")
    ] = False,
    report: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write what was found there: JSON if it ends so, else text.")
    ] = None,
    details: Annotated[bool, typer.Option("--details", help="List what counts as unknown, field by field.")] = False,
    database: DatabaseUrl = None,
) -> int:
    """Import HSDS 3.x, 2.0, 1.1 or Ohana. What it does not say stays unknown; what a bundle stored stays as it is."""
    if str(path) != "-" and not path.exists():
        raise Stopped("there is no such file or folder to import", Status.WRONG_USAGE)
    with open_database(read_settings(database)) as opened, ImportProgress() as progress:
        opened.upgrade()
        done = import_hsds_into(
            opened.unit_of_work(),
            path,
            source=source,
            timezone=timezone,
            strict=strict,
            prune=prune,
            progress=progress,
        )
    if report is not None:
        _write_report(done, report)
    if done.refused:
        _tell_refused(done, details=details)
        return Status.REFUSED
    _say_imported(done, prune=prune, details=details)
    return Status.DONE


def export_hsds(
    path: Annotated[
        Path, typer.Argument(metavar="PATH", help="A .json, .ndjson or .zip file, or a new folder; - prints it.")
    ],
    database: DatabaseUrl = None,
) -> None:
    """Write what all may know of the directory as HSDS 3.2. Unlisted groups and private places stay out.

    A .zip file or a folder holds tables.
    """
    with open_database(read_settings(database), must_exist=True) as opened:
        opened.require_current()
        standard = str(path) == "-"
        with ndjson(sys.stdout.buffer) if standard else export_to(path) as take:
            report = export_hsds_of(opened.unit_of_work(writes=False), take)
    tell = complain if standard else say
    tell(f"Exported: organizations {report.organizations}, services {report.services}.")
    if report.terms:
        tell(f"Taxonomies and their terms: {report.terms}.")
    if report.withheld:
        tell(f"Left out, not listed: {report.withheld} of them.")


def curate(
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write a file there to settle it in, which `load` takes.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="How many lines to list.")] = 20,
    database: DatabaseUrl = None,
) -> None:
    """List what keeps imported services from being routed, and what settling it would open; most valuable first."""
    with open_database(read_settings(database), must_exist=True) as opened:
        opened.require_current()
        report = curate_in(opened.unit_of_work(writes=False))
    _say_gaps(report, limit)
    if out is not None:
        _write_text(out, (f"{line}\n" for line in report.lines()), "curation file")
        say(f"To settle it: edit the file, write `confirmed: true` where you agree, then `{NAME} load` it.")


def _say_gaps(report: CurationReport, limit: int) -> None:
    say(f"Imported services: {report.imported}; nothing keeps {report.routable} of them from being found.")
    for fix in report.fixes[:limit]:
        say(f"opens {fix.opens}, touches {fix.touches}: {IN_WORDS[fix.gap]} ({plain_line(fix.about)})")
    if len(report.fixes) > limit:
        say(f"and {len(report.fixes) - limit} more (--limit lists them)")
    for pair in report.duplicates[:limit]:
        say(f"may be one organization: {pair.one}, {pair.other} (the same {', '.join(pair.shared)})")
    if len(report.duplicates) > limit:
        say(f"and {len(report.duplicates) - limit} more pairs that may be one (--out lists them)")


def _write_report(done: ImportReport, file: Path) -> None:
    if file.suffix.lower() == ".json":
        document = report_document(done.summary(), done.findings)
        text = json.dumps(document, ensure_ascii=False, indent=2) + "\n"
    else:
        text = report_text(done.summary(), done.findings)
    _write_text(file, [text], "report")


def _write_text(file: Path, lines: Iterable[str], what: str) -> None:
    try:
        with file.open("w", encoding="utf-8") as stream:
            stream.writelines(lines)
    except OSError as error:
        raise Stopped(f"the {what} cannot be written: {error.strerror}", Status.WRONG_USAGE) from None


def _tell_refused(done: ImportReport, *, details: bool) -> None:
    complain("Refused, and nothing was stored: something in the files is wrong, and --strict was given.")
    for what, count in done.findings.totals().items():
        complain(f"{count} would have been {what}" if what == LEFT_OUT else f"{count} {what}")
    _complain_of_left_out(done, all_of_them=details)


def _say_imported(done: ImportReport, *, prune: bool, details: bool) -> None:
    did = "Imported" if done.changed else "No change"
    say(
        f"{did}: organizations {done.organizations}, services {done.services}, locations {done.locations}; "
        f"files read {done.files}; directory version {done.directory_version}."
    )
    if done.terms:
        say(f"Taxonomies and their terms: {done.terms}.")
    if done.coalition_created:
        say("There was no coalition, so a bare one was made; `referral-router load FILE` puts yours there.")
    if not done.hours_read:
        say("No time zone is known, so all hours count as unknown: give one with --timezone.")
    if prune and done.pruned is None:
        say("Nothing was removed: some of the files could not be read, and what they hold is not known.")
    elif done.pruned is not None:
        say(f"Removed, because the source does not bring them any more: organizations {done.pruned}.")
    totals = done.findings.totals()
    for what in ORDER:
        if totals.get(what):
            say(f"{totals[what]} {what}" + ("" if details else " (--details lists them)"))
        for finding in done.findings.of(what) if details else ():
            say(f"  {finding}")
    if done.without_type:
        say(f"{len(done.without_type)} not routable yet: no service type (`referral-router curate` helps)")
    for slug in done.without_type if details else ():
        say(f"  {slug}")
    if not details:
        _complain_of_left_out(done, all_of_them=False)


def _complain_of_left_out(done: ImportReport, *, all_of_them: bool) -> None:
    found = done.left_out if all_of_them else done.left_out[:_MOST_COMPLAINTS]
    for finding in found:
        complain(f"left out: {finding}")
    if len(done.left_out) > len(found):
        complain(f"and {len(done.left_out) - len(found)} more: --report FILE lists them")
