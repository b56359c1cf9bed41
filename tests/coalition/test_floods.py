"""Complaints from many addresses of one network: one pile for who hears them, and the honest one is found in it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import IPv6Address
from pathlib import Path
from typing import Any

import pytest
from api_builders import Api
from loop_builders import CLINIC, LEGAL, SENDER, Loop, coalition, loop_over, loop_settings
from sqlalchemy import select, update
from visitors import Visitor, signed_in

from service.coalition.use_cases import hear_grievances
from service.database.outbox.timers import fire_next
from service.database.table_base import table_of
from service.referrals.store.attempt_limits import GRIEVANCES, forget_tries
from service.referrals.store.tables import CountedTry
from service.referrals.store.work_tables import Grievance

PATH = "/v1/grievances"
BODY, SECOND = CLINIC, LEGAL
TRIES, STORED = table_of(CountedTry), table_of(Grievance)
SETTINGS = {"grievance_body": BODY, "second_grievance_body": SECOND, "trusted_proxies": "127.0.0.0/8"}
LIMITS = {limit.prefix: limit for limits in GRIEVANCES.of_networks.values() for limit in limits}
FLOOD = {"about": {"coalition": True}, "codes": ["other"]}
HONEST = {"about": {"organization": SENDER}, "codes": ["not_safe", "pressed"]}


def of_32(number: int) -> str:
    """An address of a provider's /32, each in a /48 of its own."""
    return str(IPv6Address(0x20010DB8 << 96 | number << 80 | 1))


def of_48(number: int) -> str:
    return str(IPv6Address(0x20010DB80007 << 80 | number << 64 | 1))


def of_24(number: int) -> str:
    return f"198.51.100.{number}"


NETWORKS = pytest.mark.parametrize(("address", "prefix"), [(of_32, 32), (of_48, 48), (of_24, 24)])


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Loop]:
    folder = tmp_path_factory.mktemp("floods")
    with loop_over(loop_settings(f"sqlite:///{folder / 'router.db'}", folder, **SETTINGS), coalition()) as loop:
        yield loop


@pytest.fixture
def heard(shared: Loop) -> Loop:
    """A coalition whose complaints the clinic hears; nobody has complained yet."""
    with shared.database.engine.begin() as connection:
        for name in ("grievance_kept_from", "grievance", "counted_try"):
            connection.exec_driver_sql(f"DELETE FROM {name}")
    return shared


def file(loop: Loop, address: str, body: dict[str, Any] = FLOOD) -> Any:
    sent = {"Content-Type": "application/json", "X-Forwarded-For": address}
    return loop.client.post(PATH, content=json.dumps(body).encode(), headers=sent)


def listed(loop: Loop, query: str = "", reader: str = BODY) -> dict[str, Any]:
    response = loop.call("GET", f"{PATH}{query}", reader, scopes="grievance")
    assert response.status_code == 200, response.text
    return dict(response.json())


@NETWORKS
def test_many_from_one_network_are_one_pile_and_the_honest_one_is_its_first(
    heard: Loop, address: Any, prefix: int
) -> None:
    """The list is as short as before the flood; the pile, opened, begins with what is told there most rarely."""
    flood_and_read(heard, address, prefix)


def test_a_pile_is_the_same_on_either_database(database_url: str, tmp_path: Path) -> None:
    with loop_over(loop_settings(database_url, tmp_path, **SETTINGS), coalition()) as loop:
        flood_and_read(loop, of_48, 48)


def flood_and_read(heard: Loop, address: Any, prefix: int) -> None:
    alone, most = LIMITS[prefix].piled, LIMITS[prefix].most
    elsewhere = file(heard, "203.0.113.7", HONEST)
    assert elsewhere.status_code == 201
    for number in range(1, most):
        assert file(heard, address(number)).status_code == 201
    assert file(heard, address(most), HONEST).status_code == 201

    page = listed(heard)
    [pile] = page["piles"]
    opened = listed(heard, f"?pile={pile}")
    assert page["total"] == len(page["items"]) == 1 + alone + 1  # from elsewhere, before the flood, and the pile
    assert page["piles"] == {pile: most - alone}
    assert [item["pile"] for item in page["items"]].count(pile) == 1
    assert opened["total"] == most - alone
    assert {item["pile"] for item in opened["items"]} == {pile}
    assert (opened["items"][0]["about"], opened["items"][0]["codes"]) == (HONEST["about"], HONEST["codes"])
    single = heard.call("GET", f"{PATH}/{opened['items'][0]['id']}", BODY, scopes="grievance")
    assert single.json()["pile"] == pile
    assert listed(heard, f"?pile={pile}", SECOND)["items"] == []
    assert listed(heard, reader=SECOND)["piles"] == {}


@NETWORKS
def test_a_flood_ends_at_the_limit_of_its_network(heard: Loop, address: Any, prefix: int) -> None:
    """Nothing more is stored of it within the hour; who comes from elsewhere is heard, and the answer says when."""
    for number in range(1, LIMITS[prefix].most + 1):
        assert file(heard, address(number)).status_code == 201
    with heard.database.engine.connect() as connection:
        before = [len(connection.execute(select(table)).all()) for table in (STORED, TRIES)]
    refused = [file(heard, address(LIMITS[prefix].most + number)) for number in range(1, 4)]
    with heard.database.engine.connect() as connection:
        after = [len(connection.execute(select(table)).all()) for table in (STORED, TRIES)]

    assert [response.status_code for response in refused] == [429] * 3
    assert 0 < int(refused[0].headers["retry-after"]) <= 3601
    assert after == before
    assert file(heard, "203.0.113.7", HONEST).status_code == 201


def test_networks_are_kept_as_digests_for_an_hour_and_no_pile_names_one(heard: Loop) -> None:
    """Afterwards nothing says where complaints came from, and a later flood of the same network is another pile."""
    for number in range(1, LIMITS[24].piled + 2):
        file(heard, of_24(number))
    with heard.database.engine.begin() as connection:
        kept = str(connection.execute(select(TRIES)).all())
        connection.execute(update(TRIES).values(at=datetime.now(UTC) - timedelta(minutes=61)))
    with heard.database.unit_of_work() as work:
        forget_tries(work.session)
        work.commit()
    with heard.database.engine.connect() as connection:
        assert connection.execute(select(TRIES)).all() == []
        [first] = {row.pile for row in connection.execute(select(STORED)) if row.pile}
    assert "198.51.100" not in kept
    for number in range(1, LIMITS[24].piled + 2):
        file(heard, of_24(number))

    assert len(listed(heard)["piles"]) == 2
    assert first in listed(heard)["piles"]


def test_what_nobody_takes_up_of_a_pile_is_deleted_in_time(heard: Loop) -> None:
    """Else a pile would be kept for good; what was taken up stays, and so does what is in no pile."""
    for number in range(1, LIMITS[24].piled + 4):
        file(heard, of_24(number))
    [pile] = listed(heard)["piles"]
    taken = listed(heard, f"?pile={pile}")["items"][0]["id"]
    path = f"{PATH}/{taken}/status"
    body = {"status": "in_review"}
    assert heard.call("PUT", path, BODY, body, scopes="grievance", if_match="*").status_code == 200

    while fire_next(heard.database.unit_of_work(), at=datetime.now(UTC) + timedelta(days=181)):
        pass
    page = listed(heard)
    assert page["piles"] == {pile: 1}
    assert taken in {item["id"] for item in page["items"]}
    assert page["total"] == LIMITS[24].piled + 1


def test_look_ups_are_limited_by_networks_too(heard: Loop, monkeypatch: pytest.MonkeyPatch) -> None:
    """A code cannot be tried from as many addresses as a provider has; complaints and look-ups are counted apart."""
    few = {6: (replace(LIMITS[32], most=3),)}
    monkeypatch.setattr(hear_grievances, "GRIEVANCE_CODES", replace(hear_grievances.GRIEVANCE_CODES, of_networks=few))

    def look_up(number: int) -> int:
        sent = {"Content-Type": "application/json", "X-Forwarded-For": of_32(number)}
        response = heard.client.post(f"{PATH}/look-up", content=b'{"code": "acorn bagel canoe daisy"}', headers=sent)
        return response.status_code

    assert [look_up(number) for number in range(5)] == [404] * 3 + [429] * 2
    assert file(heard, of_32(9)).status_code == 201


def test_the_page_shows_a_pile_and_opens_it(heard: Loop) -> None:
    """A card for all of it, with their number; opened, each has its own."""
    for number in range(1, LIMITS[24].most + 1):
        file(heard, of_24(number), HONEST if number == LIMITS[24].most else FLOOD)
    [pile] = listed(heard)["piles"]
    visitor = signed_in(Api(heard.settings, heard.client), BODY, "grievance", "directory:read")
    visitor.headers["X-Forwarded-For"] = "127.0.0.1"

    page = visitor.get("/grievances/hear").text
    opened = visitor.get(f"/grievances/hear?pile={pile}").text
    assert page.count('class="card"') == LIMITS[24].piled + 1
    assert f'href="/grievances/hear?pile={pile}"' in page
    assert "Complaints from one network: 20" in page
    assert "I was not safe there." not in page
    assert opened.index("I was not safe there.") < opened.index("Something else.")
    assert opened.count('class="card"') == 20
    assert Visitor(heard.client).get(f"/grievances/hear?pile={pile}").status_code == 303
