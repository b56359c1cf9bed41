"""`policy …`: the rules, in words."""

from __future__ import annotations

from typing import Annotated

import typer

import policies
from policies import Example, read_examples
from policies.messages import TOGETHER, joined
from service.answers.printed import TABLES, ExplainedExample, print_example, print_rule, print_rule_table, rule_rows
from service.cli import policy_check, policy_review, policy_sign_off, policy_sources
from service.cli.console import printed_page
from service.cli.options import PLAIN, DatabaseUrl, Form, TableFormat
from service.cli.packs import law_in
from service.cli.terminal import Stopped, write_bytes
from service.i18n import commands, replies


def add_commands(app: typer.Typer) -> None:
    """Add `policy` with its commands to the program."""
    policy = typer.Typer(help=commands.POLICY, **PLAIN)  # type: ignore[arg-type]
    policy.command("explain")(explain)
    policy.command("table")(table)
    policy_check.add_commands(policy)
    policy_sources.add_commands(policy)
    policy_review.add_commands(policy)
    policy_sign_off.add_commands(policy)
    app.add_typer(policy, name="policy")


def explain(
    rule: Annotated[str, typer.Argument(metavar="RULE", help=commands.RULE)],
    database: DatabaseUrl = None,
) -> None:
    """Explain a rule: the law behind it, how sure that is, and its worked examples, decided end to end."""
    rulebook, _ = law_in(database)
    try:
        rule_of_id = rulebook.rule(rule)
    except policies.UnknownRuleError:
        raise Stopped(replies.NO_SUCH_RULE) from None
    page = printed_page()
    print_rule(page, rule_of_id)
    for example in read_examples(rule_of_id.pack):
        if example.rule == rule_of_id.id:
            print_example(page, replies.NEAR_MISS.format(says=example.says) if example.near_miss else example.says,
                          _explain(rulebook, example))  # fmt: skip


def _explain(rulebook: policies.Rulebook, example: Example) -> ExplainedExample:
    """Decide an example as a request is decided, by Cedar itself: facts, answer, changes and tasks in words."""
    decision = rulebook.record(example.case, example.share)
    changes = policies.find_changes(rulebook, example.case, example.share)
    sentences = [] if decision.needs is None else [policies.explain_ask(decision.needs)]
    return ExplainedExample(
        facts=policies.explain_facts(decision.facts),
        answer=[line for line in policies.explain(decision) if line not in sentences],
        changes=[*sentences, *(change.plain for change in changes)],
        tasks=[
            joined([task.plain, f"({task.id}: {task.authority})"], TOGETHER)
            for task in rulebook.obligations(example.case, example.share)
        ],
    )


def table(
    form: Form = TableFormat.plain,
    database: DatabaseUrl = None,
) -> None:
    """List every rule in force: of the loaded coalition; without a coalition, every rule of the program."""
    rulebook, _ = law_in(database)
    if form is TableFormat.plain:
        print_rule_table(printed_page(), rulebook.rules)
    else:
        write_bytes(TABLES[form](rule_rows(rulebook.rules)).encode())
