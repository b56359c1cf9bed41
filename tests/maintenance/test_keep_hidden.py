"""A restore publishes nothing that was hidden after its backup, says who stays hidden, and shows who confirms."""

from __future__ import annotations

import gzip
import json
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from access_builders import LISTED, MEMBER, OUTSIDER, UNLISTED, agency, coalition
from directory_client import ALL, READ, WRITE, As, Stage, build_client
from sqlalchemy import update

from service.coalition import USUAL, visible_directory_of
from service.coalition.use_cases.list_due import list_due
from service.database import unit_of_work
from service.database.database import Database, open_database
from service.database.hiding_note import read_note
from service.database.key_lines import Purpose
from service.directory.bundle import read_bundle
from service.directory.snapshot.directory_snapshot import load_snapshot
from service.directory.snapshot.snapshots import Snapshots
from service.directory.store.directory_tables import coalitions
from service.directory.store.record_documents import but
from service.directory.use_cases.load_bundle import store_bundle
from service.errors import BundleRefused, KeysLost
from service.maintenance.archive import make_backup, write_backup
from service.maintenance.keep_hidden import RestoreReport, restore_from
from service.maintenance.purge import purge_database
from service.maintenance.tables import all_tables
from service.settings import Settings

Opener = Callable[[str], Database]

HOUSE, OTHER, CLINIC, COURT = "open-door", "other-door", "clinic", "court"
PATH = f"organizations/{HOUSE}"
STREET, PERSON = "Willowcanary", "P. Ortizcanary"


def place(slug: str, street: str) -> dict[str, Any]:
    address = {"address_1": f"12 {street} Way", "city": "Austin", "state_province": "TX", "postal_code": "78701"}
    address |= {"country": "US", "address_type": "physical"}
    return {"id": slug, "location_type": "physical", "addresses": [address], "latitude": 30.1, "longitude": -97.1}


def directory() -> dict[str, Any]:
    bundle = coalition()
    house = agency(HOUSE, membership="active") | {"contacts": [{"name": PERSON}], "locations": [place("door", STREET)]}
    house["services"][0]["service_at_locations"] = [{"location_id": "door"}]
    bundle["organizations"] += [
        house,
        agency(OTHER, membership="active"),
        agency(CLINIC, membership="active", kind="health"),
        agency(COURT, membership="none", kind="court", basis="systems"),
    ]
    return bundle


@dataclass
class Town:
    """A served directory, with its keys in a file, and backups of it."""

    stage: Stage
    settings: Settings
    folder: Path
    numbers: Iterator[int]

    @property
    def database(self) -> Database:
        return self.stage.database

    @property
    def note(self) -> Path:
        file = self.database.cipher.keys.note_file
        assert file is not None
        return file

    def __call__(self, organization: str, *scopes: str) -> As:
        return As(self.stage.client, organization, scopes or ALL)

    def back_up(self) -> Path:
        file = self.folder / f"{next(self.numbers)}.backup"
        make_backup(self.database, file)
        return file

    def restore(self, file: Path, *notes: Path) -> RestoreReport:
        report = restore_from(self.database, file, replace=True, notes=notes)
        purge_database(self.database.unit_of_work(purges=True))
        self.stage.serve()
        return report

    def hide(self, house: str = HOUSE, **labels: Any) -> None:
        profile = self(house).get(f"organizations/{house}").json()["coalition"]
        labels = labels or {"listed": "coalition", "address_private": True}
        changed = self(house, READ, WRITE).change(f"organizations/{house}", coalition={**profile, **labels})
        assert changed.status_code == 200, changed.text

    def show(self, **fields: Any) -> None:
        self.hide(listed="public", address_private=False)
        if fields:
            assert self(HOUSE).change(PATH, **fields).status_code == 200

    def public(self) -> set[str]:
        """Return the organizations that everybody is shown."""
        return set(self("nobody-at-all", READ).slugs("organizations"))


@pytest.fixture
def town(database_url: str, tmp_path: Path) -> Iterator[Town]:
    settings = Settings(database=database_url, address_key_file=tmp_path / "store.key")
    with open_database(settings) as database, ExitStack() as stack:
        database.upgrade(all_tables)
        snapshots = Snapshots(database)
        stage = Stage(database, stack.enter_context(build_client(snapshots, settings)), snapshots)
        stage.load(directory())
        stage.serve()
        yield Town(stage, settings, tmp_path, count(1))


def unlisted(town: Town) -> None:
    town.hide(listed="coalition")


def private(town: Town) -> None:
    town.hide(address_private=True)


def without_contact(town: Town) -> None:
    assert town(HOUSE).change(PATH, contacts=[]).status_code == 200


def renamed(town: Town) -> None:
    assert town(HOUSE).change(PATH, name="House 7").status_code == 200


def without_place(town: Town) -> None:
    [service] = town(HOUSE).get(PATH).json()["services"]
    assert town(HOUSE).change(PATH, locations=[], services=[{**service, "service_at_locations": []}]).status_code == 200


def gone(town: Town) -> None:
    assert town(HOUSE).remove(PATH).status_code == 204


def hid_and_renamed_and_showed_itself(town: Town) -> None:
    town.hide()
    town.show(name="House 7")


@pytest.mark.parametrize(
    "hid", [unlisted, private, without_contact, renamed, without_place, gone, hid_and_renamed_and_showed_itself]
)
def test_what_was_hidden_after_the_backup_stays_hidden(town: Town, hid: Callable[[Town], None]) -> None:
    """Whoever restores it, once or twice: outsiders meet no trace of it, members no street; everybody else is there."""
    before, file = town.public(), town.back_up()
    hid(town)

    for _ in range(2):
        report = town.restore(file)

        assert (report.hidden, report.by_note) == ((HOUSE,), True)
        assert town.public() == before - {HOUSE}
        lists = [town(OUTSIDER, READ).get(name).text for name in ("organizations", "services", "vocabulary")]
        assert not [text for text in lists if HOUSE in text or STREET in text or PERSON in text]
        assert town(OUTSIDER, READ).get(PATH).status_code == 404
        assert STREET not in town(MEMBER).get(PATH).text
        assert STREET in town(HOUSE).get(PATH).text


def test_a_house_confirms_by_its_own_record_and_nobody_else_does(town: Town) -> None:
    """Until then it is told in its record and in what is due, to itself and to who sees all that is due."""
    file = town.back_up()
    town.hide()
    town.restore(file)
    [notice] = town(HOUSE).get(PATH).json()["notices"]
    snapshot = load_snapshot(town.database.unit_of_work(writes=False))

    def due(asker: str, *scopes: str) -> list[str]:
        visible = visible_directory_of(snapshot, asker, frozenset(scopes))
        items = list_due(town.database.unit_of_work(writes=False), visible, datetime.now(UTC), USUAL).items()
        return [item.organization for item in items if item.kind == "hidden_after_restore"]

    told = [due(HOUSE, READ), due(MEMBER, *ALL), due(MEMBER, READ), due(OUTSIDER, *ALL)]
    profile = town(HOUSE).get(PATH).json()["coalition"]
    by_another = town(MEMBER).change(PATH, description="Words")
    published = town(MEMBER).change(PATH, coalition={**profile, "listed": "public"})
    still = due(HOUSE, READ)
    shown = {**profile, "listed": "public", "address_private": False}
    confirmed = town(HOUSE, READ, WRITE).change(PATH, coalition=shown)

    assert (notice["id"], notice["pointer"]) == ("hidden_after_restore", "/coalition/listed")
    assert "notices" not in town(MEMBER).get(PATH).json()
    assert told == [[HOUSE], [HOUSE], [], []]
    assert (by_another.status_code, published.status_code, still) == (200, 403, [HOUSE])
    assert (confirmed.status_code, confirmed.json().get("notices"), due(HOUSE, READ)) == (200, None, [])
    street = town(OUTSIDER, READ).get(PATH).json()["locations"][0]["addresses"][0]["address_1"]
    assert STREET in street


def test_a_newer_backup_holds_what_was_shown_again(town: Town) -> None:
    """A hiding counts for the backups before it, and never for those after it, however often one is restored."""
    first = town.back_up()
    town.hide()
    hidden = town.back_up()
    town.show()
    shown = town.back_up()

    assert town.restore(shown).hidden == ()
    assert HOUSE in town.public()
    assert town.restore(hidden).hidden == ()
    assert HOUSE not in town.public()
    assert town.restore(first).hidden == (HOUSE,)
    town.show()
    confirmed = town.back_up()
    assert town.restore(confirmed).hidden == ()
    assert HOUSE in town.public()
    assert town.restore(first).hidden == (HOUSE,)


def test_a_hiding_on_a_way_that_was_left_is_not_taken_for_an_older_one(town: Town) -> None:
    """Versions begin again from that of a restored backup, and what is younger than a backup is not in it."""
    first = town.back_up()
    with town.database.engine.begin() as connection:
        connection.execute(update(coalitions).values(directory_version=1_000_000))
    left = town.back_up()
    assert town.restore(first).hidden == ()
    town.hide()

    assert town.restore(left).hidden == (HOUSE,)


def test_a_hiding_on_a_way_that_was_left_counts_for_no_newer_backup(town: Town) -> None:
    """Its version is higher than any since: a restore begins beyond it."""
    first = town.back_up()
    with town.database.engine.begin() as connection:
        connection.execute(update(coalitions).values(directory_version=1_000_000))
    town.hide()
    assert town.restore(first).hidden == (HOUSE,)
    town.show()

    assert town.restore(town.back_up()).hidden == ()


@pytest.mark.parametrize("ends", ["kept", "lost"])
def test_a_hiding_is_noted_before_it_is_kept(town: Town, monkeypatch: pytest.MonkeyPatch, ends: str) -> None:
    """A backup from between holds the house as public; a process that dies between leaves a hiding too many."""
    register, between = unit_of_work.register_note, town.folder / "between.backup"

    def note(*arguments: Any) -> None:
        register(*arguments)
        if ends == "lost":
            raise RuntimeError("the process dies")
        write_backup(town.database.engine, between)

    before = town.back_up()
    with monkeypatch.context() as patched:
        patched.setattr(unit_of_work, "register_note", note)
        if ends == "lost":
            with pytest.raises(AssertionError, match="500"):
                town.hide()
        else:
            town.hide()

    assert (HOUSE in town.public()) is (ends == "lost")
    report = town.restore(before if ends == "lost" else between)
    assert (report.hidden, report.by_note) == ((HOUSE,), True)
    assert HOUSE not in town.public()


def test_a_hiding_that_cannot_be_noted_is_refused(town: Town) -> None:
    """As one that cannot be stored; what shows more, or neither, needs no note."""
    town.note.unlink(missing_ok=True)
    town.note.mkdir()
    profile = town(HOUSE).get(PATH).json()["coalition"]

    refused = town(HOUSE).change(PATH, coalition={**profile, "listed": "coalition"})

    assert (refused.status_code, refused.json()["code"]) == (503, "not_ready")
    assert HOUSE in town.public()
    assert town(HOUSE).change(PATH, description="Words").status_code == 200


MAY_HAVE = {HOUSE, OTHER, UNLISTED, LISTED, MEMBER, OUTSIDER, "tri-county-hotline", "department"}


def lost(town: Town) -> None:
    town.note.unlink()


def begun_anew(town: Town) -> None:
    town.note.unlink()
    town.hide(OTHER)


def damaged(town: Town) -> None:
    town.note.write_bytes(town.note.read_bytes()[:-3])


def damaged_and_begun_anew(town: Town) -> None:
    damaged(town)
    town.hide(OTHER)


def without_its_key(town: Town) -> None:
    keys = town.database.cipher.keys
    [key] = keys.of(Purpose.CODE)
    keys.rotate(Purpose.CODE)
    keys.remove(Purpose.CODE, key.name)


@pytest.mark.parametrize("spoil", [lost, begun_anew, damaged, damaged_and_begun_anew, without_its_key])
def test_without_a_whole_note_all_stay_hidden_that_may_have_hidden(town: Town, spoil: Callable[[Town], None]) -> None:
    """Community-based organizations but those of health; of a hospital or a court everybody knows anyway."""
    before, file = town.public(), town.back_up()
    town.hide()
    spoil(town)

    report = town.restore(file)

    assert (report.by_note, set(report.hidden)) == (False, MAY_HAVE)
    assert {CLINIC, COURT} <= town.public() == before - MAY_HAVE


def test_without_a_key_file_a_new_database_gets_one_and_a_used_one_stays_as_it_is(town: Town, opened: Opener) -> None:
    """As on a new machine after the old one was lost: everybody who may have hidden does, sealed with a new key."""
    file = town.back_up()
    kind = town.database.engine.dialect.name
    (folder := town.folder / "new").mkdir()
    url = opened(kind).engine.url.render_as_string(hide_password=False)
    settings = Settings(database=url, address_key_file=folder / "store.key")
    with open_database(settings) as database:
        report = restore_from(database, file, replace=True)
        assert (report.by_note, set(report.hidden)) == (False, MAY_HAVE)
        assert database.cipher.keys.of(Purpose.ADDRESS)
    (folder / "store.key").unlink()

    with open_database(settings) as database, pytest.raises(KeysLost):
        restore_from(database, file, replace=True)

    assert not (folder / "store.key").exists()


def test_keys_are_rotated_and_the_note_is_read_on(town: Town) -> None:
    """Each hiding is read with the key that wrote it, as long as that is there."""
    file = town.back_up()
    town.hide()
    town.database.cipher.keys.rotate(Purpose.CODE)
    town.hide(OTHER)

    report = town.restore(file)

    assert (report.hidden, report.by_note) == ((HOUSE, OTHER), True)


def test_a_backup_of_a_program_without_notes_hides_all_that_may_have_hidden(town: Town) -> None:
    """And so does one that was made where no key file is."""
    file = town.folder / "old.backup"
    write_backup(town.database.engine, file)

    assert (town.restore(file).by_note, town.restore(town.back_up()).by_note) == (False, True)


def test_a_note_of_another_machine_is_asked_for_and_taken(town: Town) -> None:
    """Each machine that serves writes its own; the backup knows of both."""
    folder = town.folder / "second"
    folder.mkdir()
    town.back_up()  # makes the keys
    town.hide(OTHER)
    shutil.copy(town.folder / "store.key", folder / "store.key")
    second = town.settings.model_copy(update={"address_key_file": folder / "store.key"})
    with open_database(second) as database:
        database.register_note()
        file = town.back_up()
        with build_client(Snapshots(database), second) as client:
            profile = town(HOUSE).get(PATH).json()["coalition"]
            hidden = As(client, HOUSE, ALL).change(PATH, coalition={**profile, "listed": "coalition"})
            assert hidden.status_code == 200

    assert not town.restore(file).by_note
    report = town.restore(file, folder / "store.hidden")
    assert (report.hidden, report.by_note) == ((HOUSE,), True)


def test_who_hides_at_once_is_noted(town: Town) -> None:
    """Nobody overwrites another's line."""
    houses = [HOUSE, OTHER, CLINIC, COURT, MEMBER]
    file = town.back_up()

    with ThreadPoolExecutor(len(houses)) as pool:
        list(pool.map(town.hide, houses))

    note = read_note(town.note)
    assert note is not None
    assert len(note.hidings) == len(houses)
    assert town.restore(file).hidden == tuple(sorted(houses))


def test_the_note_names_nobody_and_is_in_no_backup(town: Town) -> None:
    """Without the key nobody learns from it who hid, and of a backup not even that somebody did."""
    town.hide()
    note = read_note(town.note)
    assert note is not None
    [(_, digest)] = note.hidings
    organization = town(HOUSE).get(PATH).json()["id"]
    text = gzip.decompress(town.back_up().read_bytes()).decode()

    assert note.id in text
    assert digest not in text
    assert not [name for name in (HOUSE, organization) if name in town.note.read_text()]
    assert town.note.stat().st_mode & 0o077 == 0


def test_an_undeclared_organization_stays_hidden_too(town: Town) -> None:
    """It has no declaration to say so in: it is unlisted all the same, for people, routes and the rules."""
    bundle = directory()
    bundle["organizations"].append({"id": "new-desk", "name": "New desk", "locations": [place("desk", "Oakcanary")]})
    town.stage.load(bundle)
    file = town.back_up()
    assert town("new-desk", READ, WRITE).change("organizations/new-desk", name="Another").status_code == 200

    assert town.restore(file).hidden == ("new-desk",)

    assert "new-desk" not in town.public()
    snapshot = load_snapshot(town.database.unit_of_work(writes=False))
    assert "new-desk" not in visible_directory_of(snapshot, OUTSIDER, frozenset({READ})).organizations
    assert "Oakcanary" not in town(MEMBER).get("organizations/new-desk").text
    assert town("new-desk", READ, WRITE).change("organizations/new-desk", name="Another").status_code == 200
    assert "new-desk" in town.public()


def test_a_restore_confirms_no_place_that_it_hides(town: Town) -> None:
    """An organization that guessed a hidden address sees no record that would confirm it."""
    [service] = town(HOUSE).get(PATH).json()["services"]
    guess = place("door", "Guess") | {"slug": "door"}
    assert town(HOUSE).change(PATH, locations=[but(guess, "id")], services=[service]).status_code == 200
    file = town.back_up()
    town.hide()
    assert town.restore(file).hidden == (HOUSE,)

    told = town(OTHER).change(f"organizations/{OTHER}", description="Ask at 12 Guess Way.")

    assert told.status_code == 200, told.text
    assert [notice["id"] for notice in town(HOUSE).get(PATH).json()["notices"]] == ["hidden_after_restore"]


NEW = "new-house"


def new_house() -> dict[str, Any]:
    return but(agency(NEW, membership="active"), "id", "services") | {"locations": []}


def removed_while_public(town: Town) -> None:
    assert town(MEMBER).add(f"organizations/{NEW}", new_house()).status_code == 201
    assert town(MEMBER).remove(f"organizations/{NEW}").status_code == 204


def never_there(town: Town) -> None:
    """Nobody had heard of it when the backup was made."""


@pytest.mark.parametrize("beforehand", [removed_while_public, never_there])
def test_who_came_after_the_backup_and_hid_is_added_by_nobody_else(
    town: Town, beforehand: Callable[[Town], None]
) -> None:
    """The backup doesn't hold it, so that nothing of it is there to be hidden: it comes back by its own word alone."""
    beforehand(town)
    file = town.back_up()
    assert town(MEMBER).add(f"organizations/{NEW}", new_house()).status_code == 201
    town.hide(NEW)

    for turn in ("first", "second"):
        assert town.restore(file).hidden == ()
        added = town(MEMBER).add(f"organizations/{NEW}", new_house())
        other = town(MEMBER).add(f"organizations/another-{turn}", new_house() | {"name": f"Another {turn}"})

        assert (added.status_code, other.status_code) == (403, 201), added.text
        assert NEW not in town.public()


def test_who_was_not_in_the_backup_is_added_by_a_load_that_names_it(town: Town) -> None:
    """As one that was removed while hidden. Whoever publishes it says that it agreed; then it is like others."""
    file = town.back_up()
    assert town(MEMBER).add(f"organizations/{NEW}", new_house()).status_code == 201
    town.hide(NEW)
    town.restore(file)
    founding = {name: value for name, value in directory().items() if not isinstance(value, list)}
    bundle = read_bundle(json.dumps({**founding, "organizations": [agency(NEW, membership="active")]}).encode())

    with pytest.raises(BundleRefused):
        store_bundle(town.database.unit_of_work(), bundle, replace=False, publish=())
    store_bundle(town.database.unit_of_work(), bundle, replace=False, publish=(NEW,))

    assert NEW in town.public()
    assert town(MEMBER).remove(f"organizations/{NEW}").status_code == 204
    assert town(MEMBER).add(f"organizations/{NEW}", new_house()).status_code == 201


def test_without_a_note_who_had_been_removed_is_added_by_nobody_else(town: Town) -> None:
    """It may have come back and hidden, like everybody that is in the backup."""
    removed_while_public(town)
    file = town.back_up()
    lost(town)

    assert not town.restore(file).by_note
    assert town(MEMBER).add(f"organizations/{NEW}", new_house()).status_code == 403
