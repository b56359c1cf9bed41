"""`load`, `route` and `demo`: a coalition in, ranked referral paths out."""

from __future__ import annotations

import json
import shlex
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any

import typer

from service import demo as demo_files
from service.auth import TokenKeyError, build_caller, issue_token
from service.cli.options import DatabaseUrl, Port, read_settings
from service.database import Database, open_database
from service.errors import BundleRefused
from service.profile import NeedsProfile, read_profile
from service.render import Page, print_answer
from service.served import Served, load_served
from service.server import HOST, PORT, serve_until_stopped
from service.settings import Settings
from service.terminal import Status, Stopped, console, program, read_input, say, write_bytes
from service.usecases.find_paths import find_paths
from service.usecases.load_bundle import LoadReport
from service.usecases.load_bundle import load_bundle as load_bundle_into
from service.wording import commands, replies

DEMO_DATABASE = "sqlite:///referral-router-demo.db"
DEMO_PROFILE = "01-fifteen-at-2am"
TOKEN_SCOPES = ("route", "directory:read", "webhook")
TOKEN_TTL = timedelta(hours=1)


def add_commands(app: typer.Typer) -> None:
    """Add these commands to the program."""
    for command in (demo, load, route):
        app.command()(command)


def demo(
    no_serve: Annotated[bool, typer.Option("--no-serve", help=commands.DEMO_NO_SERVE)] = False,
    profile: Annotated[str, typer.Option(metavar="NAME", help=commands.DEMO_PROFILE)] = DEMO_PROFILE,
    database: DatabaseUrl = None,
    port: Port = PORT,
) -> None:
    """Load a made-up coalition, route one profile on it, print the answer, then serve.

    It keeps to a database file of its own (referral-router-demo.db in this folder) unless --database names another.
    """
    if profile not in demo_files.profile_names():
        raise Stopped(replies.NO_SUCH_DEMO + "\n" + "\n".join(_profile_lines()), Status.WRONG_USAGE)
    settings = read_settings(database or DEMO_DATABASE)
    with open_database(settings) as opened:
        opened.upgrade()
        _load_demo(opened)
        _route_and_print(opened, read_profile(demo_files.profile_bytes(profile)))
    _print_what_next(settings.database)
    if not no_serve:
        _print_over_http(settings, profile, f"http://{HOST}:{port}")
        say(replies.SERVING.format(host=HOST, port=port))
        serve_until_stopped(settings, host=HOST, port=port, workers=1, quiet=True)


def load(
    file: Annotated[str, typer.Argument(metavar="FILE", help=commands.BUNDLE)],
    replace: Annotated[bool, typer.Option("--replace", help=commands.REPLACE)] = False,
    database: DatabaseUrl = None,
) -> None:
    """Load a coalition bundle: all of it, or nothing and a list of every problem."""
    data = read_input(file, "bundle")
    with open_database(read_settings(database)) as opened:
        opened.upgrade()
        _say_loaded(load_bundle_into(opened.unit_of_work(), data, replace=replace))


def route(
    profile: Annotated[str, typer.Argument(metavar="PROFILE", help=commands.PROFILE)],
    as_json: Annotated[bool, typer.Option("--json", help=commands.AS_JSON)] = False,
    database: DatabaseUrl = None,
) -> None:
    """Find referral paths for a needs profile. It is answered and forgotten."""
    asked = read_profile(read_input(profile, "profile"))
    with open_database(read_settings(database), must_exist=True) as opened:
        opened.upgrade()
        if not as_json:
            _route_and_print(opened, asked)
            return
        document, _ = _route(load_served(opened.unit_of_work(writes=False)), asked)
    write_bytes(json.dumps(document, ensure_ascii=False, indent=2).encode() + b"\n")


def _say_loaded(report: LoadReport) -> None:
    did = replies.DID_LOAD if report.changed else replies.NO_CHANGE
    page = Page(console())
    page.paragraph(
        replies.LOADED.format(
            did=did,
            organizations=report.organizations,
            services=report.services,
            agreements=report.agreements,
            directory_version=report.directory_version,
        )
    )
    if report.curated or report.unconfirmed:
        page.paragraph(replies.CURATED.format(curated=report.curated, unconfirmed=report.unconfirmed))


def _load_demo(opened: Database) -> None:
    try:
        _say_loaded(load_bundle_into(opened.unit_of_work(), demo_files.coalition_bytes(), replace=False))
    except BundleRefused:
        raise Stopped(replies.ANOTHER_COALITION) from None


def _route(served: Served, asked: NeedsProfile) -> tuple[dict[str, Any], datetime]:
    """Return the answer document, and the moment that it is judged at in the coalition's time zone."""
    at = (asked.at or datetime.now(UTC)).astimezone(served.snapshot.zone)
    return find_paths(served, asked, now=lambda: at), at


def _route_and_print(opened: Database, asked: NeedsProfile) -> None:
    document, at = _route(load_served(opened.unit_of_work(writes=False)), asked)
    print_answer(console(), document, asked_at=at)


def _print_what_next(database: str) -> None:
    page = Page(console())
    page.heading(replies.TRY_OTHERS)
    page.paragraph(replies.ALL_MADE_UP)
    for line in _profile_lines():
        page.paragraph(line)
    page.paragraph(replies.ONE_OF_THEM)
    page.verbatim(f"{program()} \\\n  demo --no-serve --profile 07-no-police", indent=2)
    page.paragraph(replies.ONE_OF_YOUR_OWN)
    url = database if database.startswith("sqlite") else "URL"  # other URLs may hold a password
    page.verbatim(f"{program()} \\\n  route PROFILE.json --database {url}", indent=2)
    page.paragraph(replies.PROFILES_ARE_FILES)
    page.verbatim(_from_here(Path(str(files("service.demo") / "profiles"))), indent=2)


def _print_over_http(settings: Settings, profile: str, url: str) -> None:
    """Print a token and lines to copy; where tokens come from an issuer of their own, there is none to print."""
    asked = read_profile(demo_files.profile_bytes(profile))
    caller = build_caller(organization=asked.origin, scopes=TOKEN_SCOPES)
    try:
        token = issue_token(settings, caller, ttl=TOKEN_TTL)
    except TokenKeyError:
        return
    file = _from_here(Path(str(files("service.demo") / "profiles" / f"{profile}.json")))
    page = Page(console())
    page.heading(replies.OVER_HTTP)
    page.paragraph(replies.SPEAKS_FOR.format(origin=asked.origin))
    page.verbatim(f"TOKEN={token}", indent=2)
    page.paragraph(replies.IN_ANOTHER_TERMINAL)
    bearer = '-H "Authorization: Bearer $TOKEN"'
    page.verbatim(
        f"curl {url}/v1/referral-paths {bearer} \\\n"
        f'  -H "Content-Type: application/json" \\\n  --data @{shlex.quote(file)}',
        indent=2,
    )
    page.verbatim(f'curl "{url}/v1/services?type=emergency_shelter" \\\n  {bearer}', indent=2)


def _from_here(folder: Path) -> str:
    """Return a folder as seen from the current one where it lies below, else whole."""
    return str(folder.relative_to(Path.cwd()) if folder.is_relative_to(Path.cwd()) else folder)


def _profile_lines() -> list[str]:
    return [f"  {name}" for name in demo_files.profile_names()]
