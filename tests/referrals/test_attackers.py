"""Somebody with one organization's token and patience: what is answered, and how soon, gives nothing away.

Two worlds that differ in one secret are looked at in turn, at random. What is answered must be the same but for ids,
moments and codes; and of two answers, one from each world, the slower is as often from the one as from the other.
CODE_TRIES says how often each world is looked at.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from math import sqrt
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

import httpx
import pytest
from loop_builders import (
    CLINIC,
    LEGAL,
    OUTSIDER,
    REFUGE,
    SENDER,
    SHELTER,
    Loop,
    coalition,
    content_of,
    loop_over,
    loop_settings,
    packet,
    referral,
)
from seeds import fresh_random
from sqlalchemy import delete, select

from service.database.table_base import ActRow, table_of
from service.directory.store.directory_tables import DIRECTORY
from service.i18n.spoken_codes import CONSENT_WORDS, REFERRAL_WORDS, new_code
from service.referrals.store.tables import CountedTry
from service.webhooks.fan_out import place_events

TRIES = int(os.environ.get("CODE_TRIES", "60"))
POOL = 8
ALLOWED_TRIES = 9
CANARY = "canaryword"
SLACK = 0.05
"""So much more often than half of the time one world may be slower, besides what chance alone does (four sigma)."""
TEETH = [{"type": "dental", "urgency": "later"}]
Look = Callable[[int], httpx.Response]
"""Looks at the world's thing of this number."""


def overtakes(first: Sequence[float], second: Sequence[float]) -> float:
    """How often an answer of the first world is slower than one of the second (Mann and Whitney): a half if alike."""
    ranked = sorted([(value, 0) for value in first] + [(value, 1) for value in second])
    ranks = sum(place for place, (_, world) in enumerate(ranked, start=1) if world == 0)
    return (ranks - len(first) * (len(first) + 1) / 2) / (len(first) * len(second))


def assert_alike(
    loop: Loop,
    first: Look,
    second: Look,
    say: Callable[[str], None],
    title: str,
    make: Callable[[int], None] = lambda world: None,
) -> None:
    """Look at both worlds in turn: the same is told, and neither is slower. `make` makes a world (0, 1) before it."""
    chance, took = fresh_random(3), ([], [])  # type: tuple[list[float], list[float]]
    contents: set[tuple[Any, ...]] = set()
    for number in range(TRIES):
        if number % ALLOWED_TRIES == 0:
            forget_tries(loop)
        for world in chance.sample((0, 1), 2):
            make(world)
            start = perf_counter()
            response = (first, second)[world](chance.randrange(POOL))
            took[world].append(perf_counter() - start)
            contents.add(content_of(response))
            assert len(contents) == 1, contents
    slower, apart = overtakes(*took), sqrt((2 * TRIES + 1) / (12 * TRIES * TRIES))
    say(f"{title}: {2 * TRIES} tries, one slower {slower:.3f} of the time, medians {median(took[0]) * 1000:.1f} and "
        f"{median(took[1]) * 1000:.1f} ms")  # fmt: skip
    assert abs(slower - 0.5) <= 4 * apart + SLACK


def forget_tries(loop: Loop) -> None:
    """Codes are limited to a few an hour; statistics need more of them."""
    with loop.database.unit_of_work() as work:
        work.session.execute(delete(table_of(CountedTry)))
        work.commit()


def place_all(loop: Loop) -> None:
    """Give all events their places, as a worker does."""
    while place_events(loop.database.unit_of_work()):
        pass


def look_up(loop: Loop, kind: str, organization: str, code: str) -> httpx.Response:
    return loop.call("POST", f"/v1/{kind}/look-up", organization, {"code": code})


def test_a_consents_code_of_others_is_as_good_as_none(loop: Loop, say: Callable[[str], None]) -> None:
    """Foreign and unknown: one answer, in the same time."""
    codes = [loop.consent(to=[LEGAL])["code"] for _ in range(POOL)]

    assert_alike(
        loop,
        lambda number: look_up(loop, "consents", OUTSIDER, codes[number]),
        lambda _: look_up(loop, "consents", OUTSIDER, new_code(CONSENT_WORDS, "en")),
        say,
        "codes of consents",
    )


def test_a_referrals_code_of_others_is_as_good_as_none(loop: Loop, say: Callable[[str], None]) -> None:
    """Also to its own sender: the receiver alone looks it up."""
    codes = [loop.sent(to=CLINIC, services=("teeth",), needs=TEETH)["code"] for _ in range(POOL)]

    assert_alike(
        loop,
        lambda number: look_up(loop, "referrals", OUTSIDER, codes[number]),
        lambda _: look_up(loop, "referrals", OUTSIDER, new_code(REFERRAL_WORDS, "en")),
        say,
        "codes of referrals",
    )


def test_a_withdrawal_by_code_tells_nothing_of_the_code(loop: Loop, say: Callable[[str], None]) -> None:
    """Known, foreign or made up: noted in the same words and time."""
    codes = [loop.consent(to=[LEGAL])["code"] for _ in range(POOL)]

    def ask(code: str) -> httpx.Response:
        return loop.call("POST", "/v1/consent-withdrawals", OUTSIDER, {"code": code})

    assert_alike(
        loop,
        lambda number: ask(codes[number]),
        lambda _: ask(new_code(CONSENT_WORDS, "en")),
        say,
        "withdrawals by code",
    )


def test_a_profile_tells_nothing_of_the_consents_of_others(loop: Loop, say: Callable[[str], None]) -> None:
    """By id: one that is not the caller's is refused as one that is not here."""
    ids = [loop.consent(to=[LEGAL])["id"] for _ in range(POOL)]

    def ask(consent_id: str) -> httpx.Response:
        profile = referral(needs=TEETH, consents=[{"id": consent_id}])["profile"]
        return loop.call("POST", "/v1/referral-paths", OUTSIDER, profile)

    unknown = "00000000-0000-4000-8000-000000000000"
    assert_alike(loop, lambda number: ask(ids[number]), lambda _: ask(unknown), say, "consents of others")


@pytest.mark.parametrize("received", [False, True])
def test_other_recipients_are_hidden(loop: Loop, say: Callable[[str], None], received: bool) -> None:
    """A `to` reads its own part, whether or not the consent names others, before and after a packet came on it."""
    worlds = [[loop.consent(to=to) for _ in range(POOL)] for to in ([LEGAL], [LEGAL, CLINIC, SHELTER])]
    for consent in (*worlds[0], *worlds[1]) if received else ():
        assert loop.send(packet(consent)).status_code == 201

    def look(consent: dict[str, str]) -> httpx.Response:
        if received:
            return loop.call("GET", f"/v1/consents/{consent['id']}", LEGAL)
        return look_up(loop, "consents", LEGAL, consent["code"])

    assert_alike(
        loop,
        lambda number: look(worlds[0][number]),
        lambda number: look(worlds[1][number]),
        say,
        f"hidden recipients, {'after' if received else 'before'} a packet",
    )


@pytest.mark.parametrize("moves", [("received",), ("accepted",), ("declined",), ("accepted", "completed")])
def test_the_progress_of_a_referral_is_hidden(loop: Loop, say: Callable[[str], None], moves: tuple[str, ...]) -> None:
    """Untouched, or moved in secret: the sender reads the same, as soon."""
    more = {"declined": {"reason": "unsafe"}, "completed": {"outcome": "served"}}
    worlds = [[loop.sent(to=CLINIC, services=("teeth",), needs=TEETH) for _ in range(POOL)] for _ in range(2)]
    for sent in worlds[1]:
        for status in moves:
            assert loop.move(sent["id"], CLINIC, status, **more.get(status, {})).status_code == 200

    assert_alike(
        loop,
        lambda number: loop.view(worlds[0][number]["id"], SENDER),
        lambda number: loop.view(worlds[1][number]["id"], SENDER),
        say,
        f"progress: {' '.join(moves)}",
    )


@pytest.fixture(scope="module")
def hidden(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Loop]:
    """A house whose address is private."""
    folder = tmp_path_factory.mktemp("hidden")
    bundle = coalition(beds=4, address_private=True)
    with loop_over(loop_settings(f"sqlite:///{folder / 'router.db'}", folder), bundle) as loop:
        yield loop


@pytest.mark.parametrize("path", ["/v1/services/beds", "/v1/organizations/house", "/v1/services", "/hsds/services"])
def test_the_places_of_a_private_house_are_hidden(hidden: Loop, say: Callable[[str], None], path: str) -> None:
    """Whether three or seven are free, who has no agreement with it reads one word, one tag, one time."""

    def count(world: int) -> None:
        body = {"unit": "bed", "available": (3, 7)[world], "maximum": 8}
        assert hidden.call("PUT", "/v1/services/beds/capacity", SHELTER, body).status_code == 200

    def look(_: int) -> httpx.Response:
        return hidden.call("GET", path, REFUGE)

    tags = set()
    for world in (0, 1):
        count(world)
        tags.add(look(world).headers["etag"])
    assert len(tags) == 1
    assert_alike(hidden, look, look, say, f"places of a private house, {path}", make=count)


@pytest.mark.parametrize("world", [(1, 7), (3, 7)], ids=["too few for all", "enough for all"])
def test_whether_companions_fit_is_hidden(tmp_path: Path, say: Callable[[str], None], world: tuple[int, int]) -> None:
    """A referral with a child holds nothing where the count is hidden, and takes as long whether both would fit."""
    bundle = coalition(beds=4, companions=True, address_private=True)
    body = referral()
    body["profile"]["client"]["with"] = [{"age": 5}]
    with loop_over(loop_settings(f"sqlite:///{tmp_path / 'router.db'}", tmp_path), bundle) as loop:

        def count(number: int) -> None:
            counted = {"unit": "bed", "available": world[number], "maximum": 8}
            assert loop.call("PUT", "/v1/services/beds/capacity", SHELTER, counted).status_code == 200

        def send(_: int) -> httpx.Response:
            response = loop.send(body, organization=REFUGE)
            assert response.status_code == 201, response.text
            assert response.json()["held"] is None
            return response

        assert_alike(loop, send, send, say, f"companions, {world[0]} or {world[1]} hidden places", make=count)


def test_a_cursor_tells_nothing_of_the_events_of_others(loop: Loop, say: Callable[[str], None]) -> None:
    """With many of them or none in between: no event, no gap, a cursor of one length that is never the same."""
    path = "/v1/events?limit=1"
    place_all(loop)

    def now_at() -> str:
        document = loop.call("GET", "/v1/events?limit=200", REFUGE, scopes="webhook").json()
        while document["events"]:
            document = loop.call("GET", f"/v1/events?after={document['next']}", REFUGE, scopes="webhook").json()
        return str(document["next"])

    before = now_at()
    for _ in range(30):
        loop.sent(to=CLINIC, services=("teeth",), needs=TEETH)
    place_all(loop)
    after = now_at()
    cursors = [loop.call("GET", f"{path}&after={at}", REFUGE, scopes="webhook").json() for at in (before, after) * 9]
    assert {len(cursor["next"]) for cursor in cursors} == {len(before)} == {len(after)}
    assert len({cursor["next"] for cursor in cursors}) == len(cursors)

    assert_alike(
        loop,
        lambda _: loop.call("GET", f"{path}&after={before}", REFUGE, scopes="webhook"),
        lambda _: loop.call("GET", f"{path}&after={after}", REFUGE, scopes="webhook"),
        say,
        "gaps in cursors",
    )


def test_nothing_of_a_profile_is_kept(loop: Loop, caplog: object) -> None:
    """Marks wherever a profile takes a word, in what is sent and in what is refused: in no table and no log."""
    consent = loop.consent()
    body = packet(consent)
    body["profile"]["client"] |= {
        "age": 77,
        "languages": ["en", "tlh-x-canaryw"],
        "gender": "nonbinary",
        "area": "travis",
    }
    body["profile"]["needs"] = [{"type": "legal_civil", "urgency": "this_week"}]
    assert loop.send(body).status_code == 201
    for wrong in ({CANARY: CANARY}, {"client": {CANARY: CANARY}}, {"needs": [{"type": CANARY}]}):
        refusal = loop.send({**body, "profile": {**body["profile"], **wrong}})
        assert refusal.status_code == 422
        assert CANARY not in refusal.text.replace(f"/{CANARY}", "")

    rows = []
    with loop.database.unit_of_work(writes=False) as work:
        for metadata in (DIRECTORY, ActRow.metadata):
            for table in metadata.sorted_tables:
                rows += [repr(tuple(row)) for row in work.session.execute(select(table))]
    marks = (CANARY, "canaryw", "nonbinary", consent["code"], consent["code"].replace("-", ""))
    assert not [row for row in rows if any(mark in row for mark in marks)]
    assert CANARY not in getattr(caplog, "text", "")
    assert consent["id"] not in getattr(caplog, "text", "")
