"""`proposal` and `grievance` from a terminal: propose words or labels and decide, file complaints and hear them."""

from __future__ import annotations

import json
from functools import partial
from typing import Annotated

import typer

from service.cli.options import PLAIN, DatabaseUrl
from service.cli.referrals import AgencyDesk, As, Body, Id, Status, desk, read_code
from service.cli.terminal import print_json, read_input
from service.coalition import VisibleDirectory, visible_directory_of
from service.coalition.use_cases import hear_grievances, keep_proposals
from service.directory.access import ADMIN, READ, WRITE
from service.documents.bodies import read_sent_body
from service.documents.entity_tags import Condition
from service.i18n import commands

proposal = typer.Typer(help=commands.PROPOSAL, **PLAIN)  # type: ignore[arg-type]
grievance = typer.Typer(help=commands.GRIEVANCE, **PLAIN)  # type: ignore[arg-type]
_ANYTHING = Condition(frozenset("*"))
_MOST = 1000
HERE = "command line"
HeardBy = Annotated[str | None, typer.Option("--as", metavar="ORGANIZATION", help=commands.HEARD_BY)]


def add_commands(app: typer.Typer) -> None:
    """Add the groups `proposal` and `grievance` to the program."""
    app.add_typer(proposal, name="proposal")
    app.add_typer(grievance, name="grievance")


@proposal.command("make")
def propose(file: Body, organization: As, database: DatabaseUrl = None) -> None:
    """Propose a code, what a word means to the agency, or labels of an agency."""
    data = read_input(file, "proposal")
    with desk(database, organization) as at:
        visible = _visible(at)
        change = keep_proposals.read_proposal(visible, at.caller, data)
        print_json(keep_proposals.propose(at.database.unit_of_work(), visible, at.caller, change).document)


@proposal.command("list")
def list_proposals(organization: As, status: Status = None, database: DatabaseUrl = None) -> None:
    """List the proposals, with the present meanings of each word by agency, and with the labels in force."""
    with desk(database, organization) as at:
        work = at.database.unit_of_work(writes=False)
        print_json(keep_proposals.list_proposals(work, _visible(at), status=status, page=1, per_page=_MOST).document)


@proposal.command("decide")
def decide(
    proposal_id: Id,
    status: Annotated[str, typer.Argument(metavar="STATUS", help=commands.DECISION)],
    organization: As,
    database: DatabaseUrl = None,
) -> None:
    """Accept or decline a proposal, as the member named in its `decided_by`; without `decided_by`, as any member.

    Labels are settled by a member of neither the organization's house nor the proposer's.
    """
    body = read_sent_body(keep_proposals.DecisionBody, json.dumps({"status": status}).encode())
    with desk(database, organization) as at:
        work = at.database.unit_of_work()
        view = keep_proposals.decide_proposal(
            work, _visible(at), at.caller, proposal_id, sent_body=body, condition=_ANYTHING
        )
        print_json(view.document)


@grievance.command("file")
def file_grievance(file: Body, database: DatabaseUrl = None) -> None:
    """File a complaint, as codes. The code for looking up its outcome is shown only once."""
    body = hear_grievances.read_grievance(read_input(file, "grievance"))
    with desk(database, "") as at:
        work = at.database.unit_of_work()
        print_json(hear_grievances.file_grievance(work, at.ring, at.settings, body, address=HERE))


@grievance.command("look-up")
def look_up_grievance(database: DatabaseUrl = None) -> None:
    """Show the status or the outcome of a complaint, by the code on standard input."""
    with desk(database, "") as at:
        work = at.database.unit_of_work()
        print_json(hear_grievances.look_up_grievance(work, at.ring, at.settings, read_code(), address=HERE).document)


@grievance.command("list")
def list_grievances(
    heard_by: HeardBy = None,
    status: Status = None,
    pile: Annotated[str | None, typer.Option("--pile", metavar="PILE", help=commands.PILE)] = None,
    database: DatabaseUrl = None,
) -> None:
    """List the complaints that a body hears; without --as, the complaints that no body may read."""
    with desk(database, heard_by or "") as at:
        work = at.database.unit_of_work(writes=False)
        list_page = partial(hear_grievances.list_grievances, status=status, pile=pile, page=1, per_page=_MOST)
        print_json(list_page(work, at.settings, heard_by).document)


@grievance.command("settle")
def settle_grievance(
    grievance_id: Id,
    status: Annotated[str, typer.Argument(metavar="STATUS", help=commands.GRIEVANCE_STATUS)],
    outcome: Annotated[str | None, typer.Option("--outcome", help=commands.GRIEVANCE_OUTCOME)] = None,
    heard_by: HeardBy = None,
    database: DatabaseUrl = None,
) -> None:
    """Take up a complaint, or close it with an outcome. The filer sees the new status by the code."""
    data = json.dumps({"status": status, "outcome": outcome}).encode()
    body = read_sent_body(hear_grievances.GrievanceStatusBody, data)
    with desk(database, heard_by or "") as at:
        settle = partial(hear_grievances.settle_grievance, sent_body=body, condition=_ANYTHING)
        print_json(settle(at.database.unit_of_work(), at.settings, heard_by, grievance_id).document)


def _visible(at: AgencyDesk) -> VisibleDirectory:
    return visible_directory_of(at.directory, at.caller.organization, frozenset({READ, WRITE, ADMIN}))
