"""`init`, `profile`, `schema` and `load`: write a coalition and a needs profile, and load the coalition."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from enum import StrEnum
from importlib.resources import files
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from policies.messages import Message, joined
from service.answers.profile import GroupProfile, NeedsProfile
from service.cli.console import printed_page
from service.cli.environment import read_settings
from service.cli.opening import changing
from service.cli.options import DatabaseUrl, MostMemory, MostMinutes, Publish
from service.cli.terminal import Stopped, complain, print_json, read_input, say, write_bytes
from service.database.database import Database, open_database
from service.directory.bundle import Bundle, find_warnings, read_bundle
from service.directory.use_cases.import_limits import MOST_MEMORY_MB, MOST_MINUTES, ImportLimits, most_values_in
from service.directory.use_cases.load_bundle import LoadReport, store_bundle
from service.documents.base import BundleModel
from service.documents.json_schema import json_schema
from service.documents.places import find_curly_quotes, with_places
from service.errors import BundleRefused, NoDatabaseFile
from service.i18n import commands, replies
from service.settings import Settings


class Document(StrEnum):
    """The documents that have a schema."""

    bundle = "bundle"
    profile = "profile"
    group = "group"


_DID = {  # by two answers: was the load kept, did the directory change
    (True, True): replies.DID_LOAD,
    (True, False): replies.NO_CHANGE,
    (False, True): replies.WOULD_LOAD,
    (False, False): replies.WOULD_NOT_CHANGE,
}
_MOST_NAMED = 5
_MODELS: dict[Document, type[BundleModel]] = {
    Document.bundle: Bundle,
    Document.profile: NeedsProfile,
    Document.group: GroupProfile,
}


def add_commands(app: typer.Typer) -> None:
    """Add `init`, `profile`, `schema` and `load` to the program."""
    for command in (init, profile, schema, load):
        app.command()(command)


def init(
    file: Annotated[str, typer.Argument(metavar="FILE", help=commands.NEW_FILE)],
    database: DatabaseUrl = None,  # noqa: ARG001 - every command takes it
) -> None:
    """Write a commented bundle to start from: a small coalition, ready to load. An existing file is kept."""
    _write_new(file, "start.yaml")
    say(replies.STARTED)


def profile(
    *,
    group: Annotated[bool, typer.Option("--group", help=commands.SAMPLE_GROUP)] = False,
    out: Annotated[str | None, typer.Option(metavar="FILE", help=commands.SAMPLE_OUT)] = None,
    database: DatabaseUrl = None,  # noqa: ARG001 - every command takes it
) -> None:
    """Write a sample needs profile, for the coalition that `init` writes. An existing file is kept."""
    start = "start_group.json" if group else "start.json"
    if out is None:
        write_bytes((files("service.directory.bundle") / start).read_bytes())
        return
    _write_new(out, start)
    say(replies.GROUP_STARTED if group else replies.PROFILE_STARTED)


def _write_new(file: str, start: str) -> None:
    try:
        with Path(file).open("xb") as output:
            output.write((files("service.directory.bundle") / start).read_bytes())
    except FileExistsError:
        raise Stopped(replies.FILE_THERE) from None
    except ValueError:  # a name that no file can have
        raise Stopped(replies.NOT_WRITTEN_SO) from None


def schema(
    of: Annotated[Document, typer.Argument(metavar="bundle|profile|group", help=commands.SCHEMA_OF)],
    database: DatabaseUrl = None,  # noqa: ARG001 - every command takes it
) -> None:
    """Print the JSON Schema (2020-12) of a bundle, a needs profile or a group, for editors and other programs."""
    print_json(json_schema(_MODELS[of]))


def load(
    file: Annotated[str, typer.Argument(metavar="FILE", help=commands.BUNDLE)],
    *,
    replace: Annotated[bool, typer.Option("--replace", help=commands.REPLACE)] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help=commands.DRY_RUN)] = False,
    publish: Publish = None,
    most_minutes: MostMinutes = MOST_MINUTES,
    most_memory: MostMemory = MOST_MEMORY_MB,
    database: DatabaseUrl = None,
) -> None:
    """Load a whole coalition bundle, or nothing and list every problem. Entries that may surprise get a warning."""
    settings = read_settings(database)
    data = read_input(file, "bundle")
    with ImportLimits(Path(file).name, most_minutes, most_memory), _with_places(data):
        bundle = read_bundle(data, most_values_in(most_memory))
    with _to_try_on(settings) if dry_run else changing(settings) as store, _with_places(data):
        report = store_bundle(store.unit_of_work(), bundle, replace=replace, keep=not dry_run, publish=publish or ())
    say_loaded(report, is_stored=not dry_run)
    today = datetime.now(ZoneInfo(bundle.coalition.timezone)).date()
    for warning in with_places(data, [*find_warnings(bundle, today), *find_curly_quotes(data)]):
        complain(replies.WARNING.format(surprise=warning.line))


def say_loaded(report: LoadReport, *, is_stored: bool = True) -> None:
    """Print the result of a load; if not `is_stored`, of a dry run."""
    did = _DID[is_stored, report.changed]
    counts = {"organization": report.organizations, "service": report.services, "agreement": report.agreements}
    page = printed_page()
    page.paragraph(
        replies.LOADED.format(
            did=did,
            records=joined([replies.RECORDS[noun].format(count=count) for noun, count in counts.items()], ", "),
            directory_version=report.directory_version,
        )
    )
    summary = report.summary
    for sentence, names in (
        (replies.ADDED, summary.added),
        (replies.CHANGED, summary.changed),
        (replies.REMOVED_RECORDS, summary.removed),
        (replies.NOT_IN_FILE, summary.stored_besides),
        (replies.FROM_IMPORTS, summary.imported),
    ):
        if names:
            page.paragraph(sentence.format(records=_counted(names)))
    if report.curated or report.unconfirmed:
        page.paragraph(replies.CURATED.format(curated=report.curated, unconfirmed=report.unconfirmed))


def _counted(names: Mapping[str, set[str]]) -> Message:
    """Return records as counts, with the first names of each type; the name of a group of forms is a UUID."""
    counts = []
    for record_type, noun in replies.RECORDS.items():
        if slugs := sorted(names.get(record_type, ())):
            more = len(slugs) - _MOST_NAMED
            listed = [*slugs[:_MOST_NAMED], *([replies.MORE_NAMES.format(count=more)] if more > 0 else ())]
            count = noun.format(count=len(slugs))
            is_named = record_type not in ("coalition", "form_group")
            counts.append(replies.WITH_NAMES.format(records=count, names=joined(listed, ", ")) if is_named else count)
    return joined(counts, "; ")


@contextmanager
def _with_places(data: bytes) -> Iterator[None]:
    """Have a refusal say where in the file each problem is."""
    try:
        yield
    except BundleRefused as refused:
        raise BundleRefused(with_places(data, refused.problems)) from None


@contextmanager
def _to_try_on(settings: Settings) -> Iterator[Database]:
    """Open the database for a dry run, which is undone; without a database file, open an empty temporary database.

    Raises:
        SchemaOutdated: the tables are of another version, and a dry run changes no table.
    """
    try:
        with open_database(settings, must_exist=True) as store:
            store.require_usable()
            yield store.rehearsing()
    except NoDatabaseFile:
        with TemporaryDirectory() as folder, changing(Settings(database=f"sqlite:///{folder}/try.db")) as thrown_away:
            yield thrown_away.rehearsing()
