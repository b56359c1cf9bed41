"""`policy …`: the rules, in words."""

from __future__ import annotations

from typing import Annotated

import typer

import policies
from service.cli.options import PLAIN, DatabaseUrl, read_settings
from service.database import open_database
from service.errors import StoreError
from service.render import print_rule, print_rule_table
from service.terminal import Stopped, console
from service.vocabulary import policy_packs


def add_commands(app: typer.Typer) -> None:
    """Add these commands to the program."""
    policy = typer.Typer(help="The rules, in words.", **PLAIN)  # type: ignore[arg-type]
    policy.command("explain")(explain)
    policy.command("table")(table)
    app.add_typer(policy, name="policy")


def explain(
    rule: Annotated[str, typer.Argument(metavar="RULE", help="The id of a rule, as answers name it.")],
    database: DatabaseUrl = None,
) -> None:
    """Say what one rule says, on whose authority, and how sure the reading is."""
    rulebook = _rulebook(database)
    try:
        print_rule(console(), rulebook.rule(rule))
    except policies.UnknownRuleError:
        raise Stopped("No rule has that id. List all rules with `referral-router policy table`.") from None


def table(database: DatabaseUrl = None) -> None:
    """List every rule in force: the loaded coalition's, or all that come with the program."""
    print_rule_table(console(), _rulebook(database).rules)


def _rulebook(database: str | None) -> policies.Rulebook:
    """Return the rules of the coalition that is loaded; where none is, all that come with the program."""
    try:
        with open_database(read_settings(database), must_exist=True) as opened:
            opened.require_current()
            with opened.unit_of_work(writes=False) as work:
                packs = work.coalition.read_presentation().packs
    except StoreError:
        if database is not None:  # it was asked for by name, so its trouble matters
            raise
        packs = policy_packs()
    return policies.load_rulebook(packs)
