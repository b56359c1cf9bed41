"""`demo`: load a made-up coalition, answer a profile, then serve."""

from __future__ import annotations

import shlex
from contextlib import suppress
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated

import typer

from policies.messages import joined
from service import demo as demo_files
from service.answers.profile import read_profile
from service.cli.bundles import say_loaded
from service.cli.console import printed_page
from service.cli.environment import read_settings
from service.cli.login import login_link
from service.cli.options import DatabaseUrl, Port
from service.cli.route import route_and_print
from service.cli.terminal import Status, Stopped, program, say
from service.cli.watched_loop import WatchedLoop
from service.database.database import Database, open_database
from service.demo.hand_offs import HAND_OFFS
from service.directory.use_cases.load_bundle import load_bundle
from service.errors import BundleRefused
from service.i18n import commands, replies
from service.maintenance.tables import all_tables
from service.security import TokenKeyError, build_caller, issue_token
from service.server import HOST, PORT, serve_until_stopped
from service.settings import Settings

DEMO_DATABASES = {  # by coalition: a file for each, so that both demo coalitions can be kept
    demo_files.FIRST: "sqlite:///referral-router-demo.db",
    demo_files.SECOND: "sqlite:///referral-router-demo-2.db",
}
_ANOTHER = {demo_files.FIRST: "07-no-police", demo_files.SECOND: "02-officer-and-a-girl-of-14"}
TOKEN_SCOPES = ("route", "directory:read", "webhook")
PAGE_SCOPES = (*TOKEN_SCOPES, "consent", "referral", "capacity", "organization:admin", "audit")
TOKEN_TTL = timedelta(hours=1)


def add_commands(app: typer.Typer) -> None:
    """Add `demo` to the program."""
    app.command()(demo)


def demo(
    *,
    no_serve: Annotated[bool, typer.Option("--no-serve", help=commands.DEMO_NO_SERVE)] = False,
    profile: Annotated[str | None, typer.Option(metavar="NAME", help=commands.DEMO_PROFILE)] = None,
    coalition: Annotated[str, typer.Option(metavar="NAME", help=commands.DEMO_COALITION)] = demo_files.FIRST,
    full: Annotated[bool, typer.Option("--full", help=commands.FULL)] = False,
    database: DatabaseUrl = None,
    port: Port = PORT,
) -> None:
    """Load a made-up coalition, route a profile on it, send and answer a referral, then serve.

    Each coalition has a database file in this folder (referral-router-demo.db, ...-2.db), unless --database names one.
    """
    if coalition not in demo_files.COALITIONS:
        raise Stopped(replies.NO_SUCH_COALITION.format(names=", ".join(demo_files.COALITIONS)), Status.WRONG_USAGE)
    profile = profile or demo_files.profile_names(coalition)[0]
    if profile not in demo_files.profile_names(coalition):
        raise Stopped(joined([replies.NO_SUCH_DEMO, *_profile_lines(coalition)], "\n"), Status.WRONG_USAGE)
    settings = read_settings(database or DEMO_DATABASES[coalition]).model_copy(update={"practice": True})
    day = demo_files.today(coalition)
    folder = _write_profiles(coalition, day)
    with open_database(settings) as store:
        store.upgrade(all_tables)
        _load_demo(store, coalition, day)
        needs_profile = read_profile(demo_files.profile_bytes(profile, coalition, day=day))
        route_and_print(store, needs_profile, full=full)
        _print_next_commands(settings.database, coalition, folder)
        WatchedLoop(settings, store, HAND_OFFS[coalition], printed_page()).show()
    if not no_serve:
        _print_sign_in(settings, demo_files.profile_bytes(profile, coalition), port)
        _print_over_http(settings, folder / f"{profile}.json", f"http://{HOST}:{port}")
        say(replies.SERVING.format(host=HOST, port=port))
        serve_until_stopped(settings, host=HOST, port=port, workers=1, quiet=True)


def _write_profiles(coalition: str, day: date) -> Path:
    """Write the profiles of a coalition, as of a day, into a folder of their own here; return the folder."""
    folder = Path(DEMO_DATABASES[coalition].removeprefix("sqlite:///").removesuffix(".db"))
    folder.mkdir(exist_ok=True)
    for name in demo_files.profile_names(coalition):
        (folder / f"{name}.json").write_bytes(demo_files.profile_bytes(name, coalition, day=day))
    return folder


def _load_demo(store: Database, coalition: str, day: date) -> None:
    bundle = demo_files.coalition_bytes(coalition, day=day)
    try:
        say_loaded(load_bundle(store.unit_of_work(), bundle, replace=False))
    except BundleRefused:
        raise Stopped(replies.ANOTHER_COALITION) from None


def _print_next_commands(database: str, coalition: str, folder: Path) -> None:
    page = printed_page()
    page.heading(replies.TRY_OTHERS)
    page.paragraph(replies.ALL_MADE_UP)
    for line in _profile_lines(coalition):
        page.paragraph(line)
    page.paragraph(replies.ONE_OF_THEM)
    option = "" if coalition == demo_files.FIRST else f" --coalition {coalition}"
    page.verbatim(f"{program()} \\\n  demo --no-serve{option} --profile {_ANOTHER[coalition]}", indent=2)
    page.paragraph(replies.OTHER_COALITION)
    [alternative] = set(demo_files.COALITIONS) - {coalition}
    page.verbatim(f"{program()} \\\n  demo --no-serve --coalition {alternative}", indent=2)
    page.paragraph(replies.ONE_OF_YOUR_OWN)
    url = database if database.startswith("sqlite") else "URL"  # other URLs may hold a password
    page.verbatim(f"{program()} \\\n  route PROFILE.json --database {url}", indent=2)
    page.paragraph(replies.PROFILES_ARE_FILES)
    page.verbatim(f"{folder}/", indent=2)


def _print_over_http(settings: Settings, profile: Path, url: str) -> None:
    """Print a token and lines to copy; print nothing if the settings name an issuer, which alone signs tokens."""
    needs_profile = read_profile(profile.read_bytes())
    caller = build_caller(organization=needs_profile.origin, scopes=TOKEN_SCOPES)
    try:
        token = issue_token(settings, caller, ttl=TOKEN_TTL)
    except TokenKeyError:
        return
    page = printed_page()
    page.heading(replies.OVER_HTTP)
    page.paragraph(replies.SPEAKS_FOR.format(origin=needs_profile.origin))
    page.verbatim(f"TOKEN={token}", indent=2)
    page.paragraph(replies.IN_ANOTHER_TERMINAL)
    bearer = '-H "Authorization: Bearer $TOKEN"'
    page.verbatim(
        f"curl {url}/v1/referral-paths {bearer} \\\n"
        f'  -H "Content-Type: application/json" \\\n  --data @{shlex.quote(str(profile))}',
        indent=2,
    )
    page.verbatim(f'curl "{url}/v1/services?type=emergency_shelter" \\\n  {bearer}', indent=2)


def _print_sign_in(settings: Settings, profile: bytes, port: int) -> None:
    """Print a link to the pages; if people sign in with an issuer, print no link."""
    caller = build_caller(organization=read_profile(profile).origin, scopes=PAGE_SCOPES, subject="demo")
    with open_database(settings) as store, suppress(TokenKeyError):
        link = login_link(store, settings, caller, port=port)
        page = printed_page()
        page.heading(replies.PAGES)
        page.paragraph(replies.SIGN_IN_LINK)
        page.verbatim(link, indent=2)


def _profile_lines(coalition: str) -> list[str]:
    return [f"  {name}" for name in demo_files.profile_names(coalition)]
