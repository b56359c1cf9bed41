"""Loading: the same again changes nothing, a change is whole, and what the file does not name stays."""

from __future__ import annotations

from typing import Any

import pytest
from bundle_builders import GOOD_YAML, LEFT_OUT, bundle_bytes, good_bundle, put
from sqlalchemy import Column, Engine, Table, insert, select
from sqlalchemy.exc import IntegrityError

from service.database.field_cipher import AddressCipher
from service.database.store_keys import StoreKeys
from service.database.unit_of_work import UnitOfWork, expect_many_writes
from service.directory.standard.identity import id_of
from service.directory.store.directory_tables import DIRECTORY
from service.directory.store.repositories import CoalitionRepository
from service.directory.store.summarize_changes import ChangeSummary
from service.directory.use_cases.load_bundle import LoadReport, load_bundle
from service.errors import AddressKeyError, BundleRefused
from service.vocabulary import MOST_TRAITS


def load(work: UnitOfWork, bundle: Any, *, replace: bool = False) -> LoadReport:
    return load_bundle(work, bundle_bytes(bundle), replace=replace)


def everything_in(engine: Engine) -> dict[str, list[Any]]:
    """Return all rows of all tables, but for when a record was changed: a new seal never looks like the old one."""
    with engine.connect() as connection:
        return {
            table.name: sorted((tuple(row) for row in connection.execute(select(*unchanged(table)))), key=repr)
            for table in DIRECTORY.sorted_tables
        }


def unchanged(table: Table) -> list[Column[Any]]:
    return [column for column in table.columns if column.name not in ("last_modified", "sealed", "version")]


def test_a_first_load_reports_what_the_file_holds(unit_of_work: UnitOfWork) -> None:
    """The report counts the file's organizations, services and agreements, and the directory starts at version 1."""
    report = load_bundle(unit_of_work, GOOD_YAML.encode(), replace=False)

    assert report == LoadReport(changed=True, directory_version=1, organizations=3, services=3, agreements=1)


@pytest.mark.parametrize("replace", [False, True])
def test_the_same_bundle_again_changes_nothing(unit_of_work: UnitOfWork, engine: Engine, replace: bool) -> None:
    """A second load of the same file leaves every row, sealed addresses too, and the version as they were."""
    load(unit_of_work, good_bundle())
    before = everything_in(engine)

    report = load(unit_of_work, good_bundle(), replace=replace)

    assert not report.changed
    assert report.directory_version == 1
    assert everything_in(engine) == before


def test_every_type_of_record_is_written(unit_of_work: UnitOfWork, engine: Engine) -> None:
    """The good bundle holds every type of record but those of imports: this file's promises speak of them all."""
    bundle = good_bundle()
    place = {"location_type": "physical", "latitude": 30.1, "longitude": -97.1}
    address = {
        "address_1": "2 Open St", "city": "Austin", "state_province": "TX", "postal_code": "78701", "country": "US",
        "address_type": "physical",
    }  # fmt: skip
    put(bundle, "organizations[1].locations", [place | {"id": "open", "addresses": [address]}])
    put(bundle, "organizations[1].services[0].service_at_locations", [{"location_id": "open"}])

    load(unit_of_work, bundle)

    with engine.connect() as connection:
        types = set(connection.execute(select(DIRECTORY.tables["record"].c.type)).scalars())
    assert types == {
        "organization", "service", "location", "service_at_location", "agreement", "release_form", "form_group",
        "vocabulary_term", "area",
    }  # fmt: skip


CHANGES = {
    "a field": ("organizations[0].services[0].minimum_age", 12),
    "a rest field": ("organizations[0].website", "https://other.example.org"),
    "a part": ("organizations[0].phones[0].number", "555-0111"),
    "a sealed field": ("organizations[0].locations[0].latitude", 30.4),
    "a part lost": ("organizations[0].contacts", LEFT_OUT),
    "a service lost": ("organizations[2].services", LEFT_OUT),
    "a party's offer": ("agreements[0].offers.harbor-house", "beds"),
    "the order of a one-way agreement": ("agreements[0].between", ["harbor-house", "tri-county-hotline"]),
    "a form": ("release_forms[1].name", "County form"),
    "a word": ("vocabulary[0].means", "host_home"),
    "an area": ("areas[1].name", "Travis"),
    "the time zone": ("coalition.timezone", "America/Denver"),
    "a fallback line": ("coalition.fallback_lines[0].phone", "555-0113"),
    "whom a fallback line is for": ("coalition.fallback_lines[0].for", ["food"]),
    "no fallback lines": ("coalition.fallback_lines", LEFT_OUT),
    "a pack": ("coalition.policy_packs", ["federal"]),
}


@pytest.mark.parametrize(("place", "value"), CHANGES.values(), ids=CHANGES)
@pytest.mark.parametrize("replace", [False, True])
def test_a_change_raises_the_version_by_one(
    unit_of_work: UnitOfWork, engine: Engine, place: str, value: Any, replace: bool
) -> None:
    """Any change to any part of a bundle raises the version once, and loading the first again raises it once more."""
    load(unit_of_work, good_bundle())
    before = everything_in(engine)

    changed = load(unit_of_work, put(good_bundle(), place, value), replace=replace)
    back = load(unit_of_work, good_bundle(), replace=replace)

    assert (changed.changed, changed.directory_version) == (True, 2)
    assert (back.changed, back.directory_version) == (True, 3)
    after = everything_in(engine)
    for name in ("coalition", "party_version", "gone_record"):  # versions rose; what was gone for a while is told
        before.pop(name), after.pop(name)
    assert after == before


def test_without_replace_what_the_file_does_not_name_stays(unit_of_work: UnitOfWork) -> None:
    """A file without an organization leaves it as it was; an organization in the file is taken whole from it."""
    load(unit_of_work, good_bundle())
    update = good_bundle()
    del update["organizations"][2]
    del update["organizations"][0]["services"]
    update["agreements"] = update["release_forms"][1:] = update["equivalent_forms"] = []

    load(unit_of_work, update)

    with unit_of_work:
        directory = CoalitionRepository(unit_of_work).read_stored().directory
        forms = CoalitionRepository(unit_of_work).read_stored().names.forms
    assert {organization.slug for organization in directory.organizations} == {
        "harbor-house",
        "tri-county-hotline",
        "hotline-night-desk",
    }
    assert {service.slug for service in directory.services} == {"tch-line", "night-line"}
    assert len(directory.agreements) == 1
    assert set(forms) == {"roi-standard", "roi-county"}


def test_a_load_summarizes_what_it_did(unit_of_work: UnitOfWork) -> None:
    """Records by type. A service's location counts as a change of its organization. A curation file removes nothing."""
    given_at = [{"location_id": "hh-house"}]
    whole = put(good_bundle(), "organizations[0].services[0].service_at_locations", given_at)
    first = load(unit_of_work, whole).summary
    update = good_bundle()
    del update["organizations"][2]
    then = load(unit_of_work, put(update, "organizations[1].services", LEFT_OUT)).summary
    curation = {name: good_bundle()[name] for name in ("coalition", "areas")}
    part = load(unit_of_work, curation).summary
    back = load(unit_of_work, curation, replace=True).summary

    assert first == part == ChangeSummary()
    assert then == ChangeSummary(
        changed={"organization": {"harbor-house"}},
        removed={"service": {"tch-line"}},
        stored_besides={"organization": {"hotline-night-desk"}, "service": {"night-line"}},
    )
    assert back.removed["organization"] == {"harbor-house", "tri-county-hotline", "hotline-night-desk"}
    assert back.stored_besides == {}


def test_with_replace_only_the_file_remains(unit_of_work: UnitOfWork, engine: Engine) -> None:
    """A replaced coalition holds what an empty store would hold after the same load, at a later version."""
    load(unit_of_work, good_bundle())
    small = {"coalition": good_bundle()["coalition"] | {"slug": "other"}, "organizations": [{"id": "a", "name": "A"}]}

    report = load(unit_of_work, small, replace=True)

    tables = everything_in(engine)
    assert report.directory_version == 2
    assert len(tables["coalition"]) == len(tables["record"]) == 1
    assert {key[0] for key in tables["record_key"]} == {id_of("organization", "a")}
    assert tables["term_use"] == []


def test_another_coalition_needs_replace(unit_of_work: UnitOfWork, engine: Engine) -> None:
    """A file of another coalition is refused unless it is to replace the stored one."""
    load(unit_of_work, good_bundle())
    before = everything_in(engine)

    with pytest.raises(BundleRefused) as refusal:
        load(unit_of_work, put(good_bundle(), "coalition.slug", "other"))

    assert [problem.path for problem in refusal.value.problems] == ["coalition.slug"]
    assert everything_in(engine) == before


def test_traits_of_the_file_and_of_the_store_are_counted_together(unit_of_work: UnitOfWork, engine: Engine) -> None:
    """Half of all that there may be, and then the other half under other names: that is more than routing holds."""

    def half(name: str) -> Any:
        traits = [{"code": f"{name}_{number}", "name": name, "kind": "trait"} for number in range(MOST_TRAITS // 2)]
        return {**good_bundle(), "vocabulary": [*good_bundle()["vocabulary"], *traits]}

    load(unit_of_work, half("first"))
    before = everything_in(engine)

    with pytest.raises(BundleRefused) as refusal:
        load(unit_of_work, half("second"))

    assert [problem.path for problem in refusal.value.problems] == ["vocabulary"]
    assert everything_in(engine) == before
    assert load(unit_of_work, half("second"), replace=True).changed


def test_an_id_stays_with_its_organization(unit_of_work: UnitOfWork) -> None:
    """A file that gives another organization's service or place to its own is refused at that id."""
    load(unit_of_work, good_bundle())
    thief = good_bundle()
    del thief["organizations"][2]
    put(thief, "organizations[1].services[0].id", "night-line")
    put(thief, "vocabulary[1].kind", "trait")

    with pytest.raises(BundleRefused) as refusal:
        load(unit_of_work, thief)

    assert [problem.path for problem in refusal.value.problems] == [
        "organizations[1].services[0].id",
        "vocabulary[1].code",
    ]


@pytest.mark.parametrize("replace", [False, True])
def test_within_one_file_a_service_may_move(unit_of_work: UnitOfWork, replace: bool) -> None:
    """A file that holds both organizations may move a service from one to the other."""
    load(unit_of_work, good_bundle())
    moved = good_bundle()
    moved["organizations"][1]["services"] += moved["organizations"][2].pop("services")

    report = load(unit_of_work, moved, replace=replace)

    with unit_of_work:
        services = CoalitionRepository(unit_of_work).read_stored().directory.services
    assert report.changed
    assert {s.organization for s in services if s.slug == "night-line"} == {"tri-county-hotline"}


def test_a_failure_leaves_nothing_half_written(unit_of_work: UnitOfWork, engine: Engine) -> None:
    """When the database refuses a row half-way through a load, nothing of the load is stored."""
    form = {"type": "release_form", "slug": "roi-county", "document": {"name": "x"}}
    flags = {"listed": True, "private": False, "position": 0, "version": 0}
    with engine.begin() as connection:
        connection.execute(insert(DIRECTORY.tables["record"]).values(id="not-ours", **form, **flags))
    before = everything_in(engine)

    with pytest.raises(IntegrityError):
        load(unit_of_work, good_bundle())

    assert everything_in(engine) == before


def test_without_a_key_no_private_address_is_loaded(engine: Engine) -> None:
    """A bundle with a private address is refused where nothing can seal it, and nothing is stored."""
    without_key = UnitOfWork(engine, AddressCipher(StoreKeys()))

    with pytest.raises(AddressKeyError):
        load(without_key, good_bundle())

    assert not any(everything_in(engine).values())


def test_a_refused_file_stores_nothing(unit_of_work: UnitOfWork, engine: Engine) -> None:
    """A file with one slip is refused whole, on an empty store too."""
    with pytest.raises(BundleRefused):
        load(unit_of_work, put(good_bundle(), "agreements[0].level", "friends"))

    assert not any(everything_in(engine).values())


def test_a_large_transaction_is_prepared_for(unit_of_work: UnitOfWork, engine: Engine) -> None:
    """PostgreSQL reads by index what it has no figures of yet, SQLite keeps more in memory: in this one alone."""
    query, usual, large = {
        "postgresql": ("SHOW enable_seqscan", "on", "off"),
        "sqlite": ("PRAGMA cache_size", -2000, -128 * 1024),
    }[engine.dialect.name]

    with unit_of_work:
        connection = unit_of_work.session.connection()
        before = connection.exec_driver_sql(query).scalar()
        expect_many_writes(connection)
        within = connection.exec_driver_sql(query).scalar()
        unit_of_work.commit()
    with unit_of_work:
        after = unit_of_work.session.connection().exec_driver_sql(query).scalar()

    assert (before, within, after) == (usual, large, usual)
