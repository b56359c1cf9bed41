"""The command line: `referral-router`. Each command calls one use case and prints what it returns.

Exit status 0: done; 1: the input was refused, or the database has nothing to answer from; 2: wrong usage.
"""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any

import typer

import policies
from service import demo as demo_files
from service.app import description_bytes
from service.auth import build_caller, issue_token, read_ttl
from service.database import Database, open_database
from service.errors import BundleRefused, StoreError
from service.profile import NeedsProfile, read_profile
from service.render import Page, print_answer, print_rule, print_rule_table
from service.served import Served, load_served
from service.server import HOST, PORT, serve_until_stopped
from service.settings import Settings
from service.terminal import Status, Stopped, complain, console, program, read_input, run, say, write_bytes
from service.usecases.find_paths import find_paths
from service.usecases.import_hsds import ImportReport
from service.usecases.import_hsds import import_hsds as import_hsds_into
from service.usecases.load_bundle import LoadReport
from service.usecases.load_bundle import load_bundle as load_bundle_into
from service.vocabulary import policy_packs

DEMO_DATABASE = "sqlite:///referral-router-demo.db"
DEMO_PROFILE = "01-fifteen-at-2am"

PLAIN = {"add_completion": False, "pretty_exceptions_enable": False, "rich_markup_mode": None}
app = typer.Typer(help="Who to call next, and what may be said.", **PLAIN)  # type: ignore[arg-type]
db = typer.Typer(help="The database itself.", **PLAIN)  # type: ignore[arg-type]
imports = typer.Typer(help="Directories in other formats: what is right goes in, the rest is reported.", **PLAIN)  # type: ignore[arg-type]
policy = typer.Typer(help="The rules, in words.", **PLAIN)  # type: ignore[arg-type]
app.add_typer(db, name="db")
app.add_typer(imports, name="import")
app.add_typer(policy, name="policy")

DatabaseUrl = Annotated[
    str | None,
    typer.Option("--database", metavar="URL", help="sqlite:///FILE or postgresql://USER@HOST/NAME."),
]
Port = Annotated[int, typer.Option(min=1, max=65535, help="Port to listen on.")]


def main() -> None:
    """Run the command that the command line names, and leave with its exit status."""
    sys.exit(run_command(sys.argv[1:]))


def run_command(arguments: list[str]) -> int:
    """Run one command and return its exit status; without arguments, say what there is."""
    command = typer.main.get_command(app)
    asked = arguments or ["--help"]
    return run(lambda: command.main(args=asked, prog_name="referral-router", standalone_mode=False))


@app.command()
def demo(
    no_serve: Annotated[bool, typer.Option("--no-serve", help="Stop after printing.")] = False,
    profile: Annotated[str, typer.Option(metavar="NAME", help="Which demo profile to route.")] = DEMO_PROFILE,
    database: DatabaseUrl = None,
    port: Port = PORT,
) -> None:
    """Load an invented coalition, route one profile on it, print the answer, then serve.

    It keeps to a database file of its own (referral-router-demo.db in this folder) unless --database names another.
    """
    if profile not in demo_files.profile_names():
        raise Stopped("There is no demo profile of that name.\n" + "\n".join(_profile_lines()), Status.WRONG_USAGE)
    settings = _settings(database or DEMO_DATABASE)
    with open_database(settings) as opened:
        opened.upgrade()
        _load_demo(opened)
        _route_and_print(opened, read_profile(demo_files.profile_bytes(profile)))
    _print_what_next(settings.database)
    if not no_serve:
        say(f"\nServing; what it answers is described at http://{HOST}:{port}/docs (stop: Ctrl+C)")
        serve_until_stopped(settings, host=HOST, port=port, workers=1, quiet=True)


@app.command()
def load(
    file: Annotated[str, typer.Argument(metavar="FILE", help="A coalition bundle, YAML or JSON; - reads it in.")],
    replace: Annotated[
        bool, typer.Option("--replace", help="Make the database hold exactly this bundle; all else goes.")
    ] = False,
    database: DatabaseUrl = None,
) -> None:
    """Load a coalition bundle: all of it, or nothing and a list of every problem."""
    data = read_input(file, "bundle")
    with open_database(_settings(database)) as opened:
        opened.upgrade()
        _say_loaded(load_bundle_into(opened.unit_of_work(), data, replace=replace))


@app.command()
def route(
    profile: Annotated[str, typer.Argument(metavar="PROFILE", help="A needs profile, JSON; - reads it in.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print the answer as a JSON document.")] = False,
    database: DatabaseUrl = None,
) -> None:
    """Find referral paths for a needs profile. It is answered and forgotten."""
    asked = read_profile(read_input(profile, "profile"))
    with open_database(_settings(database), must_exist=True) as opened:
        opened.upgrade()
        if not as_json:
            _route_and_print(opened, asked)
            return
        document, _ = _route(load_served(opened.unit_of_work(writes=False)), asked)
    write_bytes(json.dumps(document, ensure_ascii=False, indent=2).encode() + b"\n")


@app.command()
def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = HOST,
    port: Port = PORT,
    workers: Annotated[int, typer.Option(min=1, help="How many processes answer.")] = 1,
    database: DatabaseUrl = None,
) -> None:
    """Serve over HTTP until stopped. The database must have been brought up by `load` or `db upgrade`."""
    settings = _settings(database)
    with open_database(settings, must_exist=True) as opened:
        try:
            opened.require_current()
            load_served(opened.unit_of_work(writes=False))
        except StoreError as error:  # it may come while we serve; until then readiness says what is missing
            complain(f"Not ready yet: {error}")
    serve_until_stopped(settings, host=host, port=port, workers=workers)


@app.command()
def token(
    organization: Annotated[str, typer.Option(metavar="SLUG", help="The organization that the token speaks for.")],
    scope: Annotated[
        list[str] | None, typer.Option(metavar="SCOPE", help="What it may do, as route; may be given again.")
    ] = None,
    ttl: Annotated[str, typer.Option(metavar="TIME", help="How long it lives: 90s, 30m, 1h, 7d; 30d at most.")] = "1h",
    subject: Annotated[
        str | None, typer.Option(metavar="NAME", help="Whose token it is; the organization's slug if not given.")
    ] = None,
    database: DatabaseUrl = None,
) -> None:
    """Print a bearer token for the HTTP interface, signed with the local key pair, which is made at first use.

    A token cannot be taken back alone: deleting the key file withdraws every token that it signed.
    """
    try:
        caller = build_caller(organization=organization, scopes=scope or [], subject=subject)
        lives = read_ttl(ttl)
    except ValueError as error:
        raise Stopped(f"No token: {error}.", Status.WRONG_USAGE) from None
    say(issue_token(_settings(database), caller, ttl=lives))


@imports.command("hsds")
def import_hsds(
    path: Annotated[Path, typer.Argument(metavar="PATH", help="An HSDS 3.x JSON file, or a folder of them.")],
    source: Annotated[
        str | None, typer.Option(metavar="NAME", help="Whose ids these are; the file's or folder's name if not given.")
    ] = None,
    timezone: Annotated[
        str | None, typer.Option(metavar="ZONE", help="Time zone of the hours, where no coalition is loaded yet.")
    ] = None,
    details: Annotated[bool, typer.Option("--details", help="List what counts as unknown, field by field.")] = False,
    database: DatabaseUrl = None,
) -> None:
    """Import HSDS 3.x JSON. What it does not say stays unknown; what a bundle stored stays as it is."""
    with open_database(_settings(database)) as opened:
        opened.upgrade()
        report = import_hsds_into(opened.unit_of_work(), path, source=source, timezone=timezone)
    _say_imported(report, details=details)


@db.command("upgrade")
def db_upgrade(database: DatabaseUrl = None) -> None:
    """Bring the database to this program's tables."""
    with open_database(_settings(database)) as opened:
        opened.upgrade()
    say("The database is at this program's tables.")


@app.command("openapi")
def openapi_command() -> None:
    """Print the description of the HTTP interface (OpenAPI 3.1, JSON), the same for every database."""
    write_bytes(description_bytes())


@policy.command("explain")
def policy_explain(
    rule: Annotated[str, typer.Argument(metavar="RULE", help="The id of a rule, as answers name it.")],
    database: DatabaseUrl = None,
) -> None:
    """Say what one rule says, on whose authority, and how sure the reading is."""
    rulebook = _rulebook(database)
    try:
        print_rule(console(), rulebook.rule(rule))
    except policies.UnknownRuleError:
        raise Stopped("No rule has that id. List all rules with `referral-router policy table`.") from None


@policy.command("table")
def policy_table(database: DatabaseUrl = None) -> None:
    """List every rule in force: the loaded coalition's, or all that come with the program."""
    print_rule_table(console(), _rulebook(database).rules)


def _settings(database: str | None) -> Settings:
    return Settings() if database is None else Settings(database=database)


def _say_loaded(report: LoadReport) -> None:
    did = "Loaded" if report.changed else "No change"
    Page(console()).paragraph(
        f"{did}: {report.organizations} organizations, {report.services} services, {report.agreements} agreements; "
        f"directory version {report.directory_version}."
    )


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


def _load_demo(opened: Database) -> None:
    try:
        _say_loaded(load_bundle_into(opened.unit_of_work(), demo_files.coalition_bytes(), replace=False))
    except BundleRefused:
        raise Stopped(
            "This database holds another coalition, so the demo leaves it alone. "
            "Name another file: referral-router demo --database sqlite:///FILE"
        ) from None


def _route(served: Served, asked: NeedsProfile) -> tuple[dict[str, Any], datetime]:
    """Return the answer document, and the moment that it is judged at in the coalition's time zone."""
    at = (asked.at or datetime.now(UTC)).astimezone(served.snapshot.zone)
    return find_paths(served, asked, now=lambda: at), at


def _route_and_print(opened: Database, asked: NeedsProfile) -> None:
    document, at = _route(load_served(opened.unit_of_work(writes=False)), asked)
    print_answer(console(), document, asked_at=at)


def _print_what_next(database: str) -> None:
    page = Page(console())
    page.heading("TRY THE OTHERS")
    page.paragraph("Every agency, person and number above is invented. Other profiles to route on them:")
    for line in _profile_lines():
        page.paragraph(line)
    page.paragraph("One of them:")
    page.verbatim(f"{program()} \\\n  demo --no-serve --profile 07-no-police", indent=2)
    page.paragraph("One of your own, in a file:")
    url = database if database.startswith("sqlite") else "URL"  # other URLs may hold a password
    page.verbatim(f"{program()} \\\n  route PROFILE.json --database {url}", indent=2)
    page.paragraph("The profiles are files that you can copy and change:")
    page.verbatim(_from_here(Path(str(files("service.demo") / "profiles"))), indent=2)


def _from_here(folder: Path) -> str:
    """Return a folder as seen from the current one where it lies below, else whole."""
    return str(folder.relative_to(Path.cwd()) if folder.is_relative_to(Path.cwd()) else folder)


def _profile_lines() -> list[str]:
    return [f"  {name}" for name in demo_files.profile_names()]


def _rulebook(database: str | None) -> policies.Rulebook:
    """Return the rules of the coalition that is loaded; where none is, all that come with the program."""
    try:
        with open_database(_settings(database), must_exist=True) as opened:
            opened.require_current()
            with opened.unit_of_work(writes=False) as work:
                packs = work.coalition.read_presentation().packs
    except StoreError:
        if database is not None:  # it was asked for by name, so its trouble matters
            raise
        packs = policy_packs()
    return policies.load_rulebook(packs)
