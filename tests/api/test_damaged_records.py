"""A record that somebody damaged by hand is withheld and named in the log; others are served, and nothing is lost."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from api_builders import EVERY_SCOPE, Api, demo_profile, load_demo, running
from benchmarks import coalitions
from sqlalchemy import Engine, Text, cast, create_engine, make_url, select, text
from traffic import READS

from service import demo
from service.database.field_cipher import AddressCipher
from service.database.unit_of_work import UnitOfWork
from service.directory.store.damaged_records import is_damaged
from service.directory.store.directory_tables import records
from service.directory.use_cases.load_bundle import load_bundle
from service.errors import RecordDamaged
from service.i18n import refusals
from service.settings import Settings

WORD = "Sedgewick"
"""What somebody wrote, and is in no log and no answer."""
LISTS = {"organization": "organizations", "service": "services", "agreement": "agreements", "location": "organizations"}
DAMAGES: Mapping[str, Callable[[dict[str, Any]], Any]] = {
    "another kind of value everywhere": lambda document: dict.fromkeys(document, 7),
    "no document": lambda _: [WORD],
    "nothing in it": lambda _: {},
}
BROKEN = "no JSON"


@pytest.fixture
def api(settings: Settings, fill: Callable[[str], None], tmp_path: Path) -> Iterator[Api]:
    fill(settings.database)
    load_demo(settings)
    with running(settings.model_copy(update={"deliver": False, "token_key_file": tmp_path / "token.key"})) as app:
        yield app


@pytest.fixture
def by_hand(settings: Settings) -> Iterator[Engine]:
    """The database as somebody reaches it who does not use the program."""
    engine = create_engine(make_url(settings.database))
    yield engine
    engine.dispose()


def write(engine: Engine, record_id: str, document: str) -> None:
    as_json = "CAST(:document AS JSONB)" if engine.dialect.name == "postgresql" else ":document"
    with engine.begin() as connection:
        changed = connection.execute(
            text(f"UPDATE record SET document = {as_json} WHERE id = :id"), {"id": record_id, "document": document}
        )
        assert changed.rowcount == 1


def damaged_form(engine: Engine, damage: str, document: str) -> str:
    if damage != BROKEN:
        return json.dumps(DAMAGES[damage](json.loads(document)))
    if engine.dialect.name == "postgresql":
        pytest.skip("PostgreSQL keeps no text that is not JSON")
    return f"{{{WORD}"


@pytest.mark.one_database
@pytest.mark.parametrize("record_type", LISTS)
@pytest.mark.parametrize("damage", [*DAMAGES, BROKEN])
def test_a_damaged_record_is_withheld_and_others_are_served(
    api: Api, by_hand: Engine, caplog: pytest.LogCaptureFixture, damage: str, record_type: str
) -> None:
    """No read is a defect: 503 in neutral words, or an answer without the record; whole again once it is mended."""
    chosen = select(records.c.id, records.c.slug, records.c.owner_id, cast(records.c.document, Text).label("document"))
    with by_hand.connect() as connection:
        stored = connection.execute(chosen.where(records.c.type == record_type).order_by(records.c.slug)).first()
    assert stored is not None
    listed = f"/v1/{LISTS[record_type]}?per_page=100"
    before = api.get(listed, *EVERY_SCOPE).json()
    write(by_hand, stored.id, damaged_form(by_hand, damage, stored.document))

    with caplog.at_level(logging.WARNING):
        responses = {path: api.get(path, *EVERY_SCOPE) for path in READS}
        page = api.get(listed, *EVERY_SCOPE)
        about = stored.owner_id if record_type == "location" else stored.id
        singly = {
            item["id"]: api.get(f"/v1/{LISTS[record_type]}/{item['id']}", *EVERY_SCOPE) for item in before["items"]
        }
        paths = api.post("/v1/referral-paths", demo_profile(), "route", "route:any")

    refused = [response for response in (*responses.values(), *singly.values()) if response.status_code >= 500]
    assert {response.status_code for response in refused} <= {503}
    problems = [item.json() for item in refused if item.headers["content-type"] == "application/problem+json"]
    assert {(document["code"], document["detail"]) for document in problems} <= {("not_ready", refusals.RECORD_DAMAGED)}
    assert paths.status_code == 200
    assert page.status_code == 200
    items = {item["id"]: item for item in page.json()["items"]}
    assert {key: item for key, item in items.items() if key != about} == {
        item["id"]: item for item in before["items"] if item["id"] != about
    }
    assert {key for key, response in singly.items() if not response.is_success} <= {about}
    assert page.json()["total"] == before["total"]
    lines = {(vars(line)["type"], vars(line)["id"]) for line in caplog.records if line.getMessage() == "record damaged"}
    assert lines <= {(record_type, stored.id)}
    assert bool(lines) == bool(refused or about not in items)
    assert WORD not in caplog.text + page.text + "".join(response.text for response in refused)

    write(by_hand, stored.id, stored.document)
    assert api.get(listed, *EVERY_SCOPE).json() == before
    assert {500, 503}.isdisjoint(api.get(path, *EVERY_SCOPE).status_code for path in READS)


def test_damage_that_is_mended_meanwhile_is_no_defect(
    unit_of_work: UnitOfWork, engine: Engine, cipher: AddressCipher
) -> None:
    """A block that has read the damaged record looks for damage as of then."""
    load_bundle(unit_of_work, demo.coalition_bytes(), replace=True)
    chosen = select(records.c.id, cast(records.c.document, Text)).where(records.c.type == "service").limit(1)
    with engine.connect() as connection:
        record_id, document = connection.execute(chosen).one()
    write(engine, record_id, "{}")
    reader = UnitOfWork(engine, cipher, writes=False)

    def read_while_mended() -> None:
        with reader:
            reader.session.execute(chosen).one()
            write(engine, record_id, document)
            raise KeyError("name")

    with pytest.raises(RecordDamaged):
        read_while_mended()


def test_a_defect_stays_a_defect(unit_of_work: UnitOfWork) -> None:
    """Where no record is damaged, an error is told as it is."""
    load_bundle(unit_of_work, demo.coalition_bytes(), replace=True)

    def fail() -> None:
        with unit_of_work:
            raise KeyError("ours")

    with pytest.raises(KeyError):
        fail()


@pytest.mark.parametrize("drawn", [*demo.COALITIONS, "drawn"])
def test_what_the_program_writes_is_not_damaged(unit_of_work: UnitOfWork, drawn: str) -> None:
    """The demos, and a drawn coalition: every record as it is stored."""
    bundle = coalitions.draw_bundle(30, 1) if drawn == "drawn" else demo.coalition_bytes(drawn)
    load_bundle(unit_of_work, bundle, replace=True)

    with unit_of_work:
        rows = unit_of_work.session.execute(select(records.c.type, cast(records.c.document, Text))).all()

    assert len({record_type for record_type, _ in rows}) >= 6
    assert [record_type for record_type, document in rows if is_damaged(record_type, document)] == []
