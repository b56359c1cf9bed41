"""`import hsds` and `export hsds`: directories in other formats."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from service.cli.options import PLAIN, DatabaseUrl, read_settings
from service.cli.progress import ImportProgress
from service.database import open_database
from service.hsds.export_files import export_to, ndjson
from service.terminal import complain, say
from service.usecases.export_hsds import export_hsds as export_hsds_of
from service.usecases.import_hsds import ImportReport
from service.usecases.import_hsds import import_hsds as import_hsds_into


def add_commands(app: typer.Typer) -> None:
    """Add these commands to the program."""
    imports = typer.Typer(help="Directories in other formats: what is right goes in, the rest is reported.", **PLAIN)  # type: ignore[arg-type]
    imports.command("hsds")(import_hsds)
    app.add_typer(imports, name="import")
    exports = typer.Typer(help="The directory in other formats: what everybody may know of it.", **PLAIN)  # type: ignore[arg-type]
    exports.command("hsds")(export_hsds)
    app.add_typer(exports, name="export")


def import_hsds(
    path: Annotated[
        Path,
        typer.Argument(metavar="PATH", help="A file, a folder or a zip archive of JSON, NDJSON or CSV; - reads it in."),
    ],
    source: Annotated[
        str | None, typer.Option(metavar="NAME", help="Whose ids these are; the file's or folder's name if not given.")
    ] = None,
    timezone: Annotated[
        str | None, typer.Option(metavar="ZONE", help="Time zone of the hours, where no coalition is loaded yet.")
    ] = None,
    details: Annotated[bool, typer.Option("--details", help="List what counts as unknown, field by field.")] = False,
    database: DatabaseUrl = None,
) -> None:
    """Import HSDS 3.x, 2.0, 1.1 or Ohana. What it does not say stays unknown; what a bundle stored stays as it is."""
    with open_database(read_settings(database)) as opened, ImportProgress() as progress:
        opened.upgrade()
        report = import_hsds_into(opened.unit_of_work(), path, source=source, timezone=timezone, progress=progress)
    _say_imported(report, details=details)


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
    if report.withheld:
        tell(f"Left out, because not listed: organizations {report.withheld}.")


def _say_imported(report: ImportReport, *, details: bool) -> None:
    did = "Imported" if report.changed else "No change"
    say(
        f"{did}: organizations {report.organizations}, services {report.services}, locations {report.locations}; "
        f"files read {report.files}; directory version {report.directory_version}."
    )
    if report.coalition_created:
        say("There was no coalition, so a bare one was made; `referral-router load FILE --replace` puts yours there.")
    if not report.hours_read:
        say("No time zone is known, so all hours count as unknown: give one with --timezone.")
    lists: dict[str, list[str]] = {
        "left out, because something in it is wrong": [str(finding) for finding in report.left_out],
        "not for this import to store": [str(finding) for finding in report.set_aside],
        "kept as it came, and counts as unknown": [str(finding) for finding in report.unread],
        "not routable yet: it has no service type": list(report.without_type),
    }
    for what, entries in lists.items():
        if entries:
            say(f"{len(entries)} {what}" + ("" if details else " (--details lists them)"))
        for entry in entries if details else ():
            say(f"  {entry}")
    if not details:
        for finding in report.left_out:
            complain(f"left out: {finding}")
