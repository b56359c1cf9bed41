"""`policy sign-off`: counsel signs what is in force, answers say so, and a changed text or a passed day ends it."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from answer.test_answer import ask
from answer.test_card_corrections import correction
from answer.test_state_cards import coalition
from command_line import CommandLine
from pydantic import SecretStr

import policies
from service.coalition import DueItems, visible_directory_of
from service.database.database import open_database
from service.directory.snapshot.directory_snapshot import DirectorySnapshot, load_snapshot
from service.settings import Settings

TODAY = datetime.now(ZoneInfo("America/Chicago")).date()  # the demo's own
UNTIL = TODAY + timedelta(days=40)
IN_FORCE = ("federal", "coalition", "us-oh")
"""The two packs, and the card of the state."""
SIGNED = ("--by", "general counsel", "--until", UNTIL.isoformat())


@pytest.fixture
def loaded(router: CommandLine, database_url: str, monkeypatch: pytest.MonkeyPatch) -> CommandLine:
    """A command line whose database, named in the environment, holds a coalition in Ohio, without a pack of Ohio."""
    monkeypatch.setenv("REFERRAL_ROUTER_DATABASE", database_url)
    monkeypatch.setenv("REFERRAL_ROUTER_ADDRESS_KEY", "b" * 43 + "=")
    load(router)
    return router


def load(router: CommandLine, *corrections: Any) -> None:
    bundle = {**coalition("us-oh"), "card_facts": list(corrections)}
    assert router.run("load", router.write("b.json", json.dumps(bundle)), "--replace").status == 0


def served(database_url: str) -> DirectorySnapshot:
    with open_database(Settings(database=database_url, address_key=SecretStr("b" * 43 + "="))) as store:
        return load_snapshot(store.unit_of_work(writes=False))


def counsel(database_url: str, day: date = TODAY) -> dict[str, Any]:
    answer = ask(served(database_url), at=f"{day.isoformat()}T20:00:00+00:00")
    document: dict[str, Any] = answer["counsel"]
    return document


def sign_all(router: CommandLine, *but: str) -> None:
    for name in IN_FORCE:
        assert name in but or router.run("policy", "sign-off", name, *SIGNED).status == 0


def due(database_url: str, day: date = TODAY, reader: str | None = None) -> set[tuple[str, date, str]]:
    visible = visible_directory_of(served(database_url), reader, frozenset({"directory:read"}))
    items = DueItems(visible, datetime(day.year, day.month, day.day, 18, tzinfo=UTC)).items()
    return {(item.plain, item.due, item.href) for item in items if item.kind == "counsel_review"}


def test_an_answer_is_reviewed_once_every_text_in_force_is_signed(loaded: CommandLine, database_url: str) -> None:
    """Not before; then until the last day, that day included; a title is said nowhere in it."""
    nothing = {"reviewed_on": None, "until": None, "except": [], "plain": "Not reviewed by counsel."}
    for name in IN_FORCE:
        assert counsel(database_url) == nothing
        outcome = loaded.run("policy", "sign-off", name, *SIGNED)
        assert (outcome.status, "general counsel" in outcome.out) == (0, True)

    reviewed = counsel(database_url)
    assert (reviewed["reviewed_on"], reviewed["until"], reviewed["except"]) == (
        TODAY.isoformat(), UNTIL.isoformat(), [],
    )  # fmt: skip
    assert reviewed["plain"].startswith("Reviewed by counsel for ")
    assert "general" not in str(reviewed)
    assert counsel(database_url, UNTIL) == reviewed
    assert counsel(database_url, UNTIL + timedelta(days=1)) == nothing


def test_what_counsel_left_out_is_said_with_it(loaded: CommandLine, database_url: str) -> None:
    """A rule of the pack, a fact of the card; the earliest last day counts."""
    sign_all(loaded, "us-oh", "federal")
    sooner = (TODAY + timedelta(days=3)).isoformat()
    only = ("--by", "general counsel", "--until", sooner)
    assert loaded.run("policy", "sign-off", "federal", *only, "--except", "funded-release").status == 0
    assert loaded.run("policy", "sign-off", "us-oh", *SIGNED, "--except", "child_due").status == 0

    reviewed = counsel(database_url)
    assert (reviewed["except"], reviewed["until"]) == (["child_due", "funded-release"], sooner)
    assert reviewed["plain"].endswith("Except for: child_due, funded-release.")


def test_a_changed_text_ends_it_and_is_due(
    loaded: CommandLine, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A corrected term of the card does, a corrected number does not, and neither does another reading of the text."""
    sign_all(loaded)
    load(loaded, correction())
    assert counsel(database_url)["reviewed_on"] is not None
    ends = {(f"Counsel's review of {name} ends on ", UNTIL) for name in IN_FORCE}
    assert {(plain.partition("ends on ")[0] + "ends on ", day) for plain, day, _ in due(database_url)} == ends

    load(loaded, correction("child_due", "PT1H"))
    assert counsel(database_url)["plain"] == "Not reviewed by counsel."
    changed = {(day, href) for plain, day, href in due(database_url) if "has changed" in plain}
    assert changed == {(TODAY, "/v1/policy/states")}
    assert "us-oh has changed since then" in loaded.run("policy", "sign-off").out
    assert due(database_url, reader="stranger") == set()

    assert loaded.run("policy", "sign-off", "us-oh", *SIGNED).status == 0
    assert counsel(database_url)["reviewed_on"] == TODAY.isoformat()


def test_a_load_keeps_the_sign_offs_and_a_list_shows_them(loaded: CommandLine, database_url: str) -> None:
    """Each text in force with its sign-off, or without one."""
    assert loaded.run("policy", "sign-off", "federal", *SIGNED).status == 0
    before = served(database_url).names.sign_offs
    load(loaded)

    assert served(database_url).names.sign_offs == before
    outcome = loaded.run("policy", "sign-off")
    assert outcome.status == 0, outcome.err
    out = outcome.out
    assert "federal: reviewed by general counsel" in out.replace("\n", " ")
    assert "us-oh: not reviewed by counsel." in out


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (("us-tx", *SIGNED), 1),
        (("federal", "--by", "general counsel"), 2),
        (("federal", "--by", " ", "--until", UNTIL.isoformat()), 2),
        (("federal", "--until", UNTIL.isoformat()), 2),
        (("federal", "--by", "general counsel", "--until", "2020-01-01"), 1),
        (("federal", *SIGNED, "--except", "no-such-rule"), 1),
        (("federal", *SIGNED, "--except", "child_due"), 1),
    ],
)
def test_what_cannot_be_signed_is_refused(
    loaded: CommandLine, database_url: str, arguments: tuple[str, ...], status: int
) -> None:
    """And nothing is stored."""
    assert loaded.run("policy", "sign-off", *arguments).status == status
    assert served(database_url).names.sign_offs == ()


def test_a_later_reading_of_the_same_rule_is_no_other_text() -> None:
    """The day of reading and the page don't count; a word of the rule does."""
    book = policies.load_rulebook(("federal",))
    version = policies.text_version("federal", book, None)

    class Reread:
        def __init__(self, old: str, new: str) -> None:
            self.rules = [_Rule(rule.pack, rule.source.replace(old, new)) for rule in book.rules]

    class _Rule:
        def __init__(self, pack: str, source: str) -> None:
            self.pack, self.source = pack, source

    assert policies.text_version("federal", Reread('@reviewed("2026', '@reviewed("2027'), None) == version  # type: ignore[arg-type]
    assert policies.text_version("federal", Reread('Kind::"prosecutor"', 'Kind::"school"'), None) != version  # type: ignore[arg-type]
    assert policies.text_version("coalition", book, None) != version
