"""`policy …`: the rules, in words."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

import policies
from policies import Example, read_examples
from service.cli import policy_check
from service.cli.console import console
from service.cli.options import PLAIN, DatabaseUrl
from service.cli.packs import packs_in
from service.cli.terminal import Stopped, write_bytes
from service.errors import StoreError
from service.render import (
    ExplainedExample,
    csv_table,
    markdown_table,
    print_example,
    print_rule,
    print_rule_table,
)
from service.vocabulary import policy_packs
from service.wording import commands, replies


class TableFormat(StrEnum):
    """The forms of a table."""

    plain = "plain"
    markdown = "markdown"
    csv = "csv"


def add_commands(app: typer.Typer) -> None:
    """Add `policy` with its commands to the program."""
    policy = typer.Typer(help=commands.POLICY, **PLAIN)  # type: ignore[arg-type]
    policy.command("explain")(explain)
    policy.command("table")(table)
    policy_check.add_commands(policy)
    app.add_typer(policy, name="policy")


def explain(
    rule: Annotated[str, typer.Argument(metavar="RULE", help=commands.RULE)],
    database: DatabaseUrl = None,
) -> None:
    """Explain a rule: the law behind it, how sure that is, and its worked examples, decided end to end."""
    rulebook = _rulebook(database)
    try:
        found = rulebook.rule(rule)
    except policies.UnknownRuleError:
        raise Stopped(replies.NO_SUCH_RULE) from None
    out = console()
    print_rule(out, found)
    for example in read_examples(found.pack):
        if example.rule == found.id:
            print_example(out, replies.NEAR_MISS.format(says=example.says) if example.near_miss else example.says,
                          _explained(rulebook, example))  # fmt: skip


def _explained(rulebook: policies.Rulebook, example: Example) -> ExplainedExample:
    """Decide an example as a request is decided, by Cedar itself: facts, answer, changes and tasks in words."""
    decision = rulebook.record(example.case, example.share)
    changes = policies.find_changes(rulebook, example.case, example.share)
    asked = [] if decision.needs is None else [policies.explain_ask(decision.needs)]
    return ExplainedExample(
        facts=policies.explain_facts(decision.facts),
        answer=[line for line in policies.explain(decision) if line not in asked],
        changes=[*asked, *(change.plain for change in changes)],
        tasks=[
            f"{task.plain} ({task.id}: {task.authority})" for task in rulebook.obligations(example.case, example.share)
        ],
    )


def table(
    form: Annotated[TableFormat, typer.Option("--format", help=commands.FORM)] = TableFormat.plain,
    database: DatabaseUrl = None,
) -> None:
    """List every rule in force: of the loaded coalition; without a coalition, every rule of the program."""
    rules = _rulebook(database).rules
    if form is TableFormat.plain:
        print_rule_table(console(), rules)
    else:
        written = {TableFormat.markdown: markdown_table, TableFormat.csv: csv_table}[form](rules)
        write_bytes(written.encode())


def _rulebook(database: str | None) -> policies.Rulebook:
    """Return the rules of the loaded coalition; without a coalition and with `database` None, the program's rules."""
    try:
        packs = packs_in(database)
    except StoreError:
        if database is not None:  # the user named the database, so its error matters
            raise
        packs = policy_packs()
    return policies.load_rulebook(packs)
