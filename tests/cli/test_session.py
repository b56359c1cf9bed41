"""`session`: who is signed in, for who runs the program, and an end to it."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from command_line import CommandLine

from service.database.database import open_database
from service.security import build_caller, build_verifier
from service.sessions.keep_sessions import SignInKeys, begin_session, find_session, make_login_code, spend_login_code
from service.settings import Settings

DATABASE = "sqlite:///mine.db"
HOUSE, OTHER = (
    build_caller(organization=slug, scopes=["route"], subject="canary") for slug in ("willow-house", "bend-line")
)


@pytest.fixture
def house(router: CommandLine) -> CommandLine:
    router.run("init", "mine.yaml")
    assert router.run("load", "mine.yaml", "--database", DATABASE).status == 0
    return router


def within(act: Callable[..., object]) -> object:
    with open_database(Settings(database=DATABASE)) as database:
        return act(database.unit_of_work())


def begin(caller: object) -> str:
    return str(within(lambda work: begin_session(work, caller, language="en", label="desk 2")))


def goes_on(token: str) -> bool:
    trust = SignInKeys(build_verifier(Settings(database=DATABASE)), None)
    return within(lambda work: find_session(work, work, trust, token)) is not None


def test_sessions_are_listed_and_ended_by_organization(house: CommandLine):
    """No name, no subject, no token in a list; an end tells how many, and takes unspent links along."""
    mine, second, other = begin(HOUSE), begin(HOUSE), begin(OTHER)
    code = within(lambda work: make_login_code(work, HOUSE))
    outcome = house.run("session", "list", "--organization", "willow-house", "--database", DATABASE)
    items = json.loads(outcome.out)

    rows = [(item["organization"], item["label"], item["way"]) for item in items]
    assert rows == [("willow-house", "desk 2", "link")] * 2
    assert not [word for word in (mine, second, "canary") if word in outcome.out]
    assert len(json.loads(house.run("session", "list", "--all", "--database", DATABASE).out)) == 3

    ended = house.run("session", "end", "--id", items[0]["id"], "--database", DATABASE)
    assert (ended.status, ended.out) == (0, "Ended: 1.\n")
    assert [goes_on(mine), goes_on(second), goes_on(other)].count(True) == 2
    assert house.run("session", "end", "--organization", "willow-house", "--database", DATABASE).out == "Ended: 1.\n"
    assert [goes_on(mine), goes_on(second), goes_on(other)] == [False, False, True]
    assert within(lambda work: spend_login_code(work, lambda _: True, str(code))) is None
    assert house.run("session", "end", "--all", "--database", DATABASE).out == "Ended: 1.\n"
    assert not goes_on(other)
    assert house.run("session", "end", "--all", "--database", DATABASE).out == "Ended: 0.\n"


@pytest.mark.parametrize("command", ["list", "end"])
@pytest.mark.parametrize("which", [[], ["--all", "--organization", "willow-house"]])
def test_whose_sessions_is_said_exactly_once(house: CommandLine, command: str, which: list[str]):
    """Nothing ends by an option that was forgotten."""
    token = begin(HOUSE)

    assert house.run("session", command, *which, "--database", DATABASE).status == 2
    assert goes_on(token)
