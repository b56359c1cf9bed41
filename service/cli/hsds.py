"""`import`, `curate` and `export`: directories in HSDS or spreadsheets, and the gaps that an import leaves."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Annotated, Self

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from policies.messages import TOGETHER, joined
from service.cli.environment import read_settings
from service.cli.opening import changing, note_act
from service.cli.options import PLAIN, DatabaseUrl, MostMemory, MostMinutes, Publish
from service.cli.terminal import NAME, Status, Stopped, complain, data_language, read_input, reader_language, say
from service.database.database import open_database
from service.directory.use_cases.curate import CurationReport
from service.directory.use_cases.curate import curate as curate_in
from service.directory.use_cases.export_hsds import export_file, export_lines
from service.directory.use_cases.import_hsds import ImportReport
from service.directory.use_cases.import_hsds import import_hsds as import_hsds_into
from service.directory.use_cases.import_limits import MOST_MEMORY_MB, MOST_MINUTES, ImportLimits
from service.directory.use_cases.suggest_mapping import suggest_mapping
from service.i18n import commands, imports, replies
from service.i18n.translation import read_in

_LINE_EVERY = 10_000
_MOST_COMPLAINTS = 20  # without --details or a report


class ImportProgress:
    """Shows the progress of `import_hsds`. For a `with` block; at its end the bar disappears."""

    def __init__(self) -> None:
        console = Console(stderr=True, highlight=False)
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        self._bar = Progress(*columns, console=console, transient=True) if console.is_terminal else None
        self._tasks: dict[str, TaskID] = {}
        self._last_counts: dict[str, int] = {}

    def __enter__(self) -> Self:
        if self._bar is not None:
            self._bar.start()
        return self

    def __exit__(
        self, error_type: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.stop()

    def __call__(self, stage: str, done: int, total: int | None) -> None:
        """Show that `done` records of `total` (None: unknown so far) have been read or stored."""
        if self._bar is not None:
            if stage not in self._tasks:
                self._tasks[stage] = self._bar.add_task(read_in(reader_language(), imports.STAGE[stage]), total=total)
            self._bar.update(self._tasks[stage], completed=done, total=total)
        elif done - self._last_counts.get(stage, 0) >= _LINE_EVERY:
            self._last_counts[stage] = done
            message = imports.SO_FAR if total is None else imports.SO_FAR_OF
            complain(message.format(stage=imports.STAGE[stage], done=done, total=total))


def add_commands(app: typer.Typer) -> None:
    """Add `import`, `curate` and `export` to the program."""
    imports = typer.Typer(help=commands.IMPORT, **PLAIN)  # type: ignore[arg-type]
    imports.command("hsds")(import_hsds)
    imports.command("suggest")(suggest)
    app.add_typer(imports, name="import")
    app.command()(curate)
    exports = typer.Typer(help=commands.EXPORT, **PLAIN)  # type: ignore[arg-type]
    exports.command("hsds")(export_hsds)
    app.add_typer(exports, name="export")


def import_hsds(
    path: Annotated[
        Path,
        typer.Argument(metavar="PATH", help=commands.IMPORT_PATH),
    ],
    *,
    source: Annotated[str | None, typer.Option(metavar="NAME", help=commands.SOURCE)] = None,
    timezone: Annotated[str | None, typer.Option(metavar="ZONE", help=commands.TIMEZONE)] = None,
    strict: Annotated[bool, typer.Option("--strict", help=commands.STRICT)] = False,
    prune: Annotated[bool, typer.Option("--prune", help=commands.PRUNE)] = False,
    mapping: Annotated[Path | None, typer.Option(metavar="FILE", help=commands.MAPPING)] = None,
    report: Annotated[Path | None, typer.Option(metavar="FILE", help=commands.REPORT)] = None,
    details: Annotated[bool, typer.Option("--details", help=commands.DETAILS)] = False,
    publish: Publish = None,
    most_minutes: MostMinutes = MOST_MINUTES,
    most_memory: MostMemory = MOST_MEMORY_MB,
    database: DatabaseUrl = None,
) -> int:
    """Import HSDS 3.x, 2.0, 1.1 or Ohana. Missing facts stay unknown; records stored by a bundle are not changed."""
    if str(path) != "-" and not path.exists():
        raise Stopped(replies.NO_SUCH_IMPORT, Status.WRONG_USAGE)
    with changing(read_settings(database)) as store, ImportProgress() as progress:
        import_report = import_hsds_into(
            store.unit_of_work(),
            path,
            source=source,
            timezone=timezone,
            strict=strict,
            prune=prune,
            mapping=None if mapping is None else read_input(str(mapping), "mapping"),
            progress=progress,
            limits=ImportLimits(path.name, most_minutes, most_memory),
            publish=publish or (),
        )
    if report is not None:
        _write_report(import_report, report)
    if import_report.refused:
        _tell_refused(import_report, details=details)
        return Status.REFUSED
    _say_imported(import_report, prune=prune, details=details)
    return Status.DONE


def suggest(
    path: Annotated[Path, typer.Argument(metavar="PATH", help=commands.IMPORT_PATH)],
    out: Annotated[Path | None, typer.Option(metavar="FILE", help=commands.SUGGEST_OUT)] = None,
    most_minutes: MostMinutes = MOST_MINUTES,
    most_memory: MostMemory = MOST_MEMORY_MB,
    database: DatabaseUrl = None,  # noqa: ARG001 - every command takes it
) -> None:
    """Write a first mapping for spreadsheets from their headings, with guesses marked."""
    if str(path) != "-" and not path.exists():
        raise Stopped(replies.NO_SUCH_IMPORT, Status.WRONG_USAGE)
    with ImportLimits(path.name, most_minutes, most_memory):
        suggestion = suggest_mapping(path)
    if out is None:
        say(suggestion.text)
    else:
        _write_text(out, [suggestion.text, "\n"], "mapping")
    complain(replies.SUGGESTED.format(sure=suggestion.sure, guesses=suggestion.guesses, left=suggestion.open_count))


def export_hsds(
    path: Annotated[Path, typer.Argument(metavar="PATH", help=commands.EXPORT_PATH)],
    formulas: Annotated[bool, typer.Option("--formulas", help=commands.EXPORT_FORMULAS)] = False,
    database: DatabaseUrl = None,
) -> None:
    """Write the public part of the directory as HSDS 3.2, without unlisted groups and private places.

    A .zip file or a folder holds tables.
    """
    settings = read_settings(database)
    note_act(settings)
    with open_database(settings, must_exist=True) as store:
        store.require_usable()
        standard, work = str(path) == "-", store.unit_of_work(writes=False)
        report = export_lines(work, sys.stdout.buffer) if standard else export_file(work, path, formulas=formulas)
    tell = complain if standard else say
    tell(replies.EXPORTED.format(organizations=report.organizations, services=report.services))
    if report.terms:
        tell(replies.TERMS.format(terms=report.terms))
    if report.withheld:
        tell(replies.LEFT_OUT_OF_EXPORT.format(withheld=report.withheld))


def curate(
    out: Annotated[Path | None, typer.Option(metavar="FILE", help=commands.CURATE_OUT)] = None,
    limit: Annotated[int, typer.Option(min=1, help=commands.CURATE_LIMIT)] = 20,
    database: DatabaseUrl = None,
) -> None:
    """List the gaps that keep imported services from being routed; first the gaps that open the most services."""
    with open_database(read_settings(database), must_exist=True) as store:
        store.require_usable()
        report = curate_in(store.unit_of_work(writes=False))
    _say_gaps(report, limit)
    if out is not None:
        _write_text(out, (part for line in report.lines() for part in (line, "\n")), "curation file")
        say(replies.SETTLE_IT.format(name=NAME))


def _say_gaps(report: CurationReport, limit: int) -> None:
    say(replies.FOUND_ROUTABLE.format(imported=report.imported, routable=report.routable))
    for fix in report.fixes[:limit]:
        say(replies.OPENS.format(opens=fix.opens, touches=fix.touches, in_words=fix.in_words, about=fix.subject))
    if len(report.fixes) > limit:
        say(replies.MORE_GAPS.format(fixes=len(report.fixes) - limit))
    for pair in report.duplicates[:limit]:
        say(replies.MAY_BE_ONE.format(one=pair.first, other=pair.second, shared=joined(pair.shared, ", ")))
    if len(report.duplicates) > limit:
        say(replies.MORE_PAIRS.format(duplicates=len(report.duplicates) - limit))


def _write_report(report: ImportReport, file: Path) -> None:
    if file.suffix.lower() == ".json":
        document = read_in(data_language(), report.document())
        _write_text(file, [json.dumps(document, ensure_ascii=False, indent=2), "\n"], "report")
    else:
        _write_text(file, [report.text()], "report")


def _write_text(file: Path, lines: Iterable[str], kind: str) -> None:
    try:
        with file.open("w", encoding="utf-8") as stream:
            stream.writelines(read_in(reader_language(), line) for line in lines)
    except OSError as error:
        raise Stopped(
            replies.CANNOT_WRITE.format(what=replies.FILES[kind], strerror=error.strerror), Status.WRONG_USAGE
        ) from None


def _tell_refused(report: ImportReport, *, details: bool) -> None:
    complain(replies.STRICTLY_REFUSED)
    for kind, count in report.findings.totals().items():
        would_have_been = replies.WOULD_HAVE_BEEN.format(count=count, what=kind)
        complain(would_have_been if kind == imports.NOT_STORED else joined([str(count), kind], " "))
    _complain_of_omissions(report, details=details)


def _say_imported(report: ImportReport, *, prune: bool, details: bool) -> None:
    did = replies.DID_IMPORT if report.changed else replies.NO_CHANGE
    say(
        replies.IMPORTED.format(
            did=did,
            organizations=report.organizations,
            services=report.services,
            locations=report.locations,
            files=report.files,
            directory_version=report.directory_version,
        )
    )
    if report.terms:
        say(replies.TERMS.format(terms=report.terms))
    if report.coalition_created:
        say(replies.BARE_COALITION)
    if not report.hours_read:
        say(replies.NO_TIME_ZONE)
    if prune and report.pruned is None:
        say(replies.NOTHING_REMOVED)
    elif report.pruned is not None:
        say(replies.REMOVED.format(pruned=report.pruned))
    for kind, count in report.totals():
        if count:
            say(joined([str(count), kind, "" if details else replies.DETAILS_LISTS_THEM], TOGETHER))
        for finding in report.findings.of(kind) if details else ():
            say(joined(["  ", finding.line], ""))
    if report.without_type:
        say(replies.NOT_ROUTABLE_YET.format(without_type=len(report.without_type)))
    for slug in report.without_type if details else ():
        say(f"  {slug}")
    if not details:
        _complain_of_omissions(report, details=False)


def _complain_of_omissions(report: ImportReport, *, details: bool) -> None:
    entries = report.left_out if details else report.left_out[:_MOST_COMPLAINTS]
    for finding in entries:
        complain(replies.LEFT_OUT.format(finding=finding.line))
    if len(report.left_out) > len(entries):
        complain(replies.MORE_LEFT_OUT.format(left_out=len(report.left_out) - len(entries)))
