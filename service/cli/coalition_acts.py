"""`proposal`: words and codes proposed and decided from a terminal, as one organization."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from service.access import ADMIN, READ, WRITE
from service.cli.loop import As, Body, Desk, Id, Status, desk
from service.cli.options import PLAIN, DatabaseUrl
from service.coalition import Sight, sight_of
from service.terminal import print_json, read_input
from service.usecases import propose_words
from service.usecases.condition import Condition
from service.wording import commands

proposal = typer.Typer(help=commands.PROPOSAL, **PLAIN)  # type: ignore[arg-type]
_ANYTHING = Condition(frozenset("*"))
_MOST = 1000


def add_commands(app: typer.Typer) -> None:
    """Add these groups to the program."""
    app.add_typer(proposal, name="proposal")


@proposal.command("make")
def propose(file: Body, organization: As, database: DatabaseUrl = None) -> None:
    """Propose a code, or what a word of the organization's own means: an entry of the vocabulary."""
    data = read_input(file, "proposal")
    with desk(database, organization) as at:
        sight = _sight(at)
        entry = propose_words.read_proposal(sight, at.caller, data)
        print_json(propose_words.propose_word(at.database.unit_of_work(), sight, at.caller, entry).document)


@proposal.command("list")
def list_proposals(organization: As, status: Status = None, database: DatabaseUrl = None) -> None:
    """List what is proposed, with what each word means now and to whom."""
    with desk(database, organization) as at:
        work = at.database.unit_of_work(writes=False)
        print_json(propose_words.list_proposals(work, _sight(at), status=status, page=1, per_page=_MOST).document)


@proposal.command("decide")
def decide(
    proposal_id: Id,
    status: Annotated[str, typer.Argument(metavar="STATUS", help=commands.DECISION)],
    organization: As,
    database: DatabaseUrl = None,
) -> None:
    """Accept or decline a proposal, as the member that its `decided_by` names, or any where that names none."""
    data = json.dumps({"status": status}).encode()
    with desk(database, organization) as at:
        work = at.database.unit_of_work()
        decided = propose_words.decide_proposal(
            work, _sight(at), at.caller, proposal_id, data=data, condition=_ANYTHING
        )
        print_json(decided.document)


def _sight(at: Desk) -> Sight:
    return sight_of(at.served, at.caller.organization, frozenset({READ, WRITE, ADMIN}))
