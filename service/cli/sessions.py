"""`session`: list and end sessions at the pages, for who runs the program."""

from __future__ import annotations

from typing import Annotated

import typer

from service.cli.environment import read_settings
from service.cli.opening import opening
from service.cli.options import PLAIN, DatabaseUrl
from service.cli.terminal import Status, Stopped, print_json, say
from service.i18n import commands, replies
from service.security import build_issuer, build_verifier
from service.sessions import keep_sessions

Organization = Annotated[str | None, typer.Option("--organization", metavar="SLUG", help=commands.SESSIONS_OF)]
AllSessions = Annotated[bool, typer.Option("--all", help=commands.EVERY_SESSION)]
_MOST = 1000


def add_commands(app: typer.Typer) -> None:
    """Add the group `session` to the program."""
    group = typer.Typer(help=commands.SESSION, **PLAIN)  # type: ignore[arg-type]
    group.command("list")(list_sessions)
    group.command("end")(end)
    app.add_typer(group, name="session")


def list_sessions(
    organization: Organization = None, all_sessions: AllSessions = False, database: DatabaseUrl = None
) -> None:
    """List who is signed in at the pages, the longest first: when, how, and by which label; no names."""
    if (organization is not None) == all_sessions:
        raise Stopped(replies.WHICH_SESSIONS, Status.WRONG_USAGE)
    settings = read_settings(database)
    trust = keep_sessions.SignInKeys(build_verifier(settings), build_issuer(settings))
    with opening(settings) as store:
        work = store.unit_of_work(writes=False)
        sessions = keep_sessions.list_all_sessions(work, trust, organization, page=1, per_page=_MOST)
    print_json(sessions.document["items"])


def end(
    organization: Organization = None,
    session_id: Annotated[str | None, typer.Option("--id", metavar="ID", help=commands.SESSION_ID)] = None,
    all_sessions: AllSessions = False,
    database: DatabaseUrl = None,
) -> None:
    """End one session, or all of one organization with its links, or all there are."""
    if sum((organization is not None, session_id is not None, all_sessions)) != 1:
        raise Stopped(replies.WHICH_SESSIONS, Status.WRONG_USAGE)
    with opening(read_settings(database)) as store:
        work = store.unit_of_work()
        if session_id is None:
            session_count = keep_sessions.end_all_sessions(work, organization)
        else:
            session_count = keep_sessions.end_any_session(work, session_id)
    say(replies.SESSIONS_ENDED.format(ended=session_count))
