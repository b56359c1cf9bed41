"""`policy review`: walk through the facts of the states' cards that are due for review, and write the file."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
import yaml

import policies
from policies.messages import Message
from service.cli.options import DatabaseUrl
from service.cli.terminal import Stopped, say
from service.i18n import commands, replies
from service.i18n import states as wording

FIRST_CARD = "\nus-"
"""Where the head of the file ends."""
YES, NO, SKIP = "yes", "no", "skip"
StateCode = Annotated[str | None, typer.Argument(metavar="CODE", help=commands.STATE)]
CardFile = Annotated[Path | None, typer.Option("--file", metavar="FILE", help=commands.CARD_FILE)]
Every = Annotated[bool, typer.Option("--all", help=commands.REVIEW_ALL)]


def add_commands(policy: typer.Typer) -> None:
    """Add `review` to the group `policy`."""
    policy.command("review")(review)


def review(
    code: StateCode = None,
    *,
    file: CardFile = None,
    every: Every = False,
    database: DatabaseUrl = None,  # noqa: ARG001 - every command takes it
) -> None:
    """Walk through the facts of the states' cards that are due for review: yes, no, or a new value; write the file."""
    path = policies.STATES_FILE if file is None else file
    text = path.read_text(encoding="utf-8")
    raw: dict[str, Any] = yaml.safe_load(text)
    if code is not None and code not in raw:
        raise Stopped(replies.NO_SUCH_STATE)
    today = datetime.now(UTC).date()
    cards = policies.read_states(raw)
    due = [
        (card, fact)
        for card in cards.values()
        for fact in card.facts.values()
        if code in (None, card.code) and (every or fact.review_due < today)
    ]
    changed = 0
    for place, (card, fact) in enumerate(due, 1):
        say(replies.REVIEW_FACT.format(place=place, count=len(due), state=card.name, point=wording.POINT[fact.point]))
        say(_now(fact))
        answer = _ask(replies.REVIEW_ASK)
        while answer.casefold() not in (YES, NO, SKIP) and (problem := _problem(raw, card.code, fact, answer)):
            say(replies.REVIEW_REFUSED.format(problem=problem), err=True)
            answer = _ask(replies.REVIEW_ASK)
        if answer.casefold() == SKIP:
            continue
        value = {YES: _written(fact), NO: None}.get(answer.casefold(), yaml.safe_load(answer))
        as_of = None if value is None else _ask(replies.REVIEW_TEXT_DATE) or None
        raw = policies.review_fact(raw, card.code, fact.point, today, value=value, text_as_of=as_of)
        changed += 1
        path.write_text(policies.write_cards(raw, text[: text.index(FIRST_CARD)]), encoding="utf-8")
    say(replies.REVIEWED.format(count=changed))


def _now(fact: policies.StateFact) -> Message:
    """Return a fact as it is: its value, law, page and dates."""
    value = yaml.safe_dump(_written(fact), default_flow_style=True, width=10**6, allow_unicode=True, sort_keys=False)
    return replies.REVIEW_NOW.format(
        value=value.strip().removesuffix("...").strip(), authority=fact.authority or "-", source=fact.source,
        read=fact.read.isoformat(), text=fact.text_as_of or "-",
    )  # fmt: skip


def _written(fact: policies.StateFact) -> Any:
    """Return the value of a fact as the file has it."""
    return {"is": fact.value, "when": list(fact.when)} if fact.when else fact.value


def _ask(question: Message) -> str:
    say(question)
    answer: str = typer.prompt("", prompt_suffix="> ", default="", show_default=False)
    return answer.strip()


def _problem(raw: dict[str, Any], code: str, fact: policies.StateFact, answer: str) -> str | None:
    """Return what is wrong with a new value, None where the card takes it."""
    try:
        value = yaml.safe_load(answer)
        policies.read_states(policies.review_fact(raw, code, fact.point, fact.read, value=value))
    except yaml.YAMLError:
        return "YAML"
    except policies.PackError as refused:
        return refused.problems[0]
    return None if value is not None else fact.point
