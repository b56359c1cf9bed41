"""What is served: swapped whole, kept when a rebuild fails, and never of two versions in one answer."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from threading import Event

import pytest
from api_builders import Api, demo_profile, demo_settings, load_demo, running
from length import draws

import policies
from service import demo
from service.database.database import Database, open_database
from service.directory.snapshot.directory_snapshot import DirectorySnapshot, load_snapshot
from service.directory.snapshot.snapshots import RulesDisagree, Snapshots, check_rulebook
from service.errors import NotReady
from service.settings import Settings

MARK = re.compile(r"Edition (\d+)")
CHEAP = demo_profile("15-medical-danger")  # soon answered: two paths, through three organizations


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return demo_settings(tmp_path)


@pytest.fixture
def database(settings: Settings) -> Iterator[Database]:
    with open_database(settings) as database:
        yield database


def edition(number: int) -> bytes:
    """The demo coalition with this number in the name of every organization and service."""
    return re.sub(rb"(\n +(?:- )?name: )(?=[A-Z])", rb"\g<1>Edition %d " % number, demo.coalition_bytes())


def load(database: Database) -> DirectorySnapshot:
    return load_snapshot(database.unit_of_work(writes=False))


def test_nothing_is_served_before_something_was_built(database: Database) -> None:
    """Before the first rebuild there is nothing to answer from, and the state says so."""
    snapshots = Snapshots(database)

    with pytest.raises(NotReady):
        snapshots.current()
    assert not snapshots.state.ready
    assert snapshots.state.trouble


def test_the_same_version_is_the_same_object(database: Database) -> None:
    """As long as the store does not change, nothing is rebuilt."""
    snapshots = Snapshots(database)
    snapshots.refresh()
    first = snapshots.current()

    snapshots.refresh()

    assert snapshots.current() is first


def test_a_failing_rebuild_keeps_what_is_served(settings: Settings, database: Database) -> None:
    """When a newer version cannot be built, the older one goes on answering, and readiness names the trouble."""
    failing = Event()

    def load_or_fail(opened: Database) -> DirectorySnapshot:
        if failing.is_set():
            raise ValueError("zqcanary")
        return load(opened)

    snapshots = Snapshots(database, load=load_or_fail)
    snapshots.refresh()
    first = snapshots.current()
    load_demo(settings, edition(2))

    failing.set()
    snapshots.refresh()
    during = snapshots.state
    failing.clear()
    snapshots.refresh()

    assert during.directory is first
    assert not during.ready
    assert during.trouble == "the directory cannot be built"
    assert snapshots.state.ready
    assert snapshots.current().directory_version == 2


class OtherCedar(policies.Rulebook):
    """A rulebook whose Cedar is broken: it refuses what the compiled rules allow."""

    def record(self, case: policies.Case, share: policies.Share) -> policies.Decision:
        return replace(super().record(case, share), allow=False)


class SilentRules(policies.Rulebook):
    """A rulebook that refuses everything, on both of its engines."""

    def decide(self, case: policies.Case, share: policies.Share) -> policies.Decision:
        return replace(super().decide(case, share), allow=False)

    def record(self, case: policies.Case, share: policies.Share) -> policies.Decision:
        return replace(super().record(case, share), allow=False)


@pytest.mark.parametrize("broken", [OtherCedar, SilentRules])
def test_rules_that_disagree_are_not_served(database: Database, broken: type[policies.Rulebook]) -> None:
    """A pack whose two engines differ on the worked examples, or which never says yes, is not answered from."""
    snapshots = Snapshots(
        database, load=lambda opened: replace(load(opened), rulebook=broken(load(opened).rulebook.pack))
    )

    snapshots.refresh()

    assert not snapshots.state.ready
    assert "rule" in (snapshots.state.trouble or "")
    with pytest.raises(NotReady):
        snapshots.current()


def test_the_canary_passes_on_the_packs_that_ship(database: Database) -> None:
    """The rules that come with the program pass, on more than a handful of examples."""
    assert check_rulebook(load(database).rulebook) > 50


def test_the_canary_tells_nothing_of_the_case(database: Database) -> None:
    """What the canary says names no agency and no fact."""
    with pytest.raises(RulesDisagree) as refusal:
        check_rulebook(OtherCedar(load(database).rulebook.pack))

    assert str(refusal.value) == "the compiled rules and Cedar differ on a worked example"


def test_no_answer_mixes_two_versions(settings: Settings) -> None:
    """While the directory changes under load, every name in an answer is of the version that the answer states."""
    changes = draws(4)
    load_demo(settings, edition(2))
    done = Event()
    with running(settings.model_copy(update={"rate_limit": "1000000/minute"})) as api:
        answers: list[tuple[int, set[str]]] = []

        def ask() -> None:
            headers = api.bearer("route") | {"Content-Type": "application/json"}
            while not done.is_set():
                response = api.client.post("/v1/referral-paths", json=CHEAP, headers=headers)
                assert response.status_code == 200
                answers.append((response.json()["directory_version"], editions(response.json()["paths"])))

        with ThreadPoolExecutor(4) as pool:
            asking = [pool.submit(ask) for _ in range(4)]
            try:
                for number in range(3, 3 + changes):
                    assert load_demo(settings, edition(number)) == number
                    wait_until_served(api, number)
                    wait_until_answered(answers, number)
            finally:
                done.set()
            for task in asking:
                task.result()

    assert {version for version, _ in answers} >= set(range(3, 3 + changes))
    for version, versions in answers:
        assert versions == {str(version)}


def editions(paths: object) -> set[str]:
    return set(MARK.findall(json.dumps(paths)))


def wait_until_answered(answers: list[tuple[int, set[str]]], version: int) -> None:
    """Wait until one of those who ask has had an answer of this version, before the next change replaces it."""
    for _ in range(6000):
        if any(answered == version for answered, _ in answers):
            return
        Event().wait(0.01)
    raise AssertionError("no answer of the new version came")


def wait_until_served(api: Api, version: int) -> None:
    """Wait until this version is served; within two seconds, `tests/cli/test_workers.py` says."""
    for _ in range(6000):
        if api.get("/health/ready", "route").json()["directory_version"] == version:
            return
        Event().wait(0.01)
    raise AssertionError("the new version was not served")
