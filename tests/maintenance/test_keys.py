"""Keys replaced while everything goes on, on both databases; and what is lost with one that is gone."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from environments import environment_of
from jose import jwt
from loop_builders import CLINIC, LEGAL, REFUGE, SENDER, Loop, coalition, loop_over, loop_settings
from maintenance.test_restoring import readiness
from sqlalchemy import select

from service.database.audit_tables import AuditEntry
from service.database.database import open_database
from service.database.key_lines import Purpose
from service.database.store_keys import StoreKeys
from service.database.table_base import table_of
from service.directory.use_cases.load_bundle import load_bundle
from service.directory.use_cases.read_directory import ORGANIZATIONS, get_object
from service.errors import KeyRefused
from service.i18n.keys import LOST
from service.maintenance import keys as keep_keys
from service.maintenance.check_audit import check_audit
from service.maintenance.keys import KeyPurpose
from service.security import Caller
from service.settings import Settings
from service.webhooks.tables import WebhookEndpoint

ROUTER = """
import sys
from service.cli import run_command
for line in sys.argv[1:]:
    if run_command(line.split()):
        sys.exit(f"refused: {line}")
"""
SCOPES = "consent referral webhook directory:read directory:write"
GIVEN_UP = ("address", "webhook", "code", "audit")
ENTRIES, ENDPOINTS = table_of(AuditEntry), table_of(WebhookEndpoint)
DAYS_LATER = timedelta(days=400)


def with_private_place(text: str) -> dict[str, Any]:
    """The coalition, whose refuge has a private place."""
    bundle = coalition()
    refuge = next(organization for organization in bundle["organizations"] if organization["id"] == REFUGE)
    refuge["coalition"]["address_private"] = True
    refuge["locations"] = [{"id": "door", "location_type": "physical", "name": text}]
    return bundle


@pytest.fixture
def loop(database_url: str, tmp_path: Path) -> Iterator[Loop]:
    settings = loop_settings(database_url, tmp_path, address_key_file=tmp_path / "store.key", webhook_http=True,
                             webhook_networks="127.0.0.0/8").model_copy(update={"address_key": None})  # fmt: skip
    with loop_over(settings, with_private_place("at first")) as loop:
        yield loop


def router(settings: Settings, *commands: str) -> str:
    """Run commands as another process, with the same settings."""
    same = {name: str(getattr(settings, name)) for name in ("database", "address_key_file", "token_key_file")}
    program = [sys.executable, "-c", ROUTER, *commands]
    done = subprocess.run(program, env=environment_of(**same), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def endpoint(loop: Loop, organization: str = CLINIC) -> str:
    response = loop.call("POST", "/v1/webhook-endpoints", organization, {"url": "http://127.0.0.1:9/"}, scopes=SCOPES)
    assert response.status_code == 201, response.text
    headers = {"headers": {"X-Key": "value"}}
    reply = loop.call(
        "PUT", f"/v1/webhook-endpoints/{response.json()['id']}/headers", organization, headers, scopes=SCOPES
    )
    assert reply.status_code == 200, reply.text
    return str(response.json()["id"])


def place(loop: Loop) -> str:
    caller = Caller(REFUGE, frozenset({"directory:read"}), "a")
    own = get_object(loop.database.unit_of_work(writes=False), caller, ORGANIZATIONS, REFUGE).document
    return str(own["locations"][0].get("name"))


def old_keys(loop: Loop) -> dict[str, int | None]:
    """How many things need each key that was replaced."""
    listed = keep_keys.list_keys(loop.database, loop.settings)
    assert listed.lost == {}
    return {f"{key.purpose} {key.name}": key.needed for key in listed.keys if key.state == "old"}


def aged(file: Path, ago: timedelta = DAYS_LATER) -> None:
    """Have every key of the file replaced some time ago, long ago by default."""
    long_ago, words = datetime.now(UTC) - ago, [line.split() for line in file.read_text().splitlines()]
    file.write_text("".join(f"{a} {b} {c} {long_ago.isoformat() if d != '-' else d} {e}\n" for a, b, c, d, e in words))


def test_every_key_is_replaced_while_others_write(loop: Loop, tmp_path: Path) -> None:
    """Another process replaces each key twice and seals anew what older ones sealed: no request fails meanwhile.

    What was given before and meanwhile is good: places, secrets, codes, receipts, cursors, tokens, links of the audit.
    """
    before = loop.consent()
    receipt = loop.call("GET", f"/v1/consents/{before['id']}/receipt", accept="application/jwt").text
    cursor = loop.call("GET", "/v1/events", CLINIC, scopes=SCOPES).json()["next"]
    referral = loop.sent()
    endpoint(loop)
    stop = Event()

    def consents() -> list[dict[str, Any]]:
        return _until(stop, lambda _: loop.consent())

    def places() -> list[str]:
        with open_database(loop.settings) as own:

            def write(number: int) -> str:
                text = f"place {number}"
                load_bundle(own.unit_of_work(), json.dumps(with_private_place(text)).encode(), replace=False)
                return text

            return _until(stop, write)

    def endpoints() -> list[int]:
        def renew(_: int) -> int:
            path = f"/v1/webhook-endpoints/{endpoint(loop, LEGAL)}"
            rotated = loop.call("POST", f"{path}/secret-rotation", LEGAL, {}, scopes=SCOPES)
            gone = loop.call("DELETE", path, LEGAL, scopes=SCOPES)
            return max(rotated.status_code, gone.status_code)

        return _until(stop, renew)

    with ThreadPoolExecutor() as pool:
        writing = [pool.submit(work) for work in (consents, places, endpoints)]
        try:
            router(loop.settings, *[*(f"keys rotate {purpose}" for purpose in KeyPurpose), "keys rewrite"] * 2)
        finally:
            stop.set()
        recorded, written, statuses = (done.result() for done in writing)
    keep_keys.rewrite_sealed(loop.database)

    assert min(map(len, (recorded, written, statuses))) > 2
    assert max(statuses) < 300, statuses
    assert place(loop) == written[-1]
    for consent in (before, recorded[0], recorded[-1]):
        response = loop.call("POST", "/v1/consents/look-up", SENDER, {"code": consent["code"]})
        assert response.json()["id"] == consent["id"]
    assert loop.view(referral["id"], SENDER).json()["code"] == referral["code"]
    assert loop.call("GET", f"/v1/events?after={cursor}", CLINIC, scopes=SCOPES).status_code == 200
    assert loop.call("GET", "/v1/consents").status_code == 200  # with a token of before
    public = loop.client.get("/v1/keys").json()
    assert jwt.decode(receipt, public, algorithms=["ES256"])["id"] == before["id"]
    assert len(public["keys"]) == 3
    _link_all(loop)
    assert check_audit(loop.database).faults == ()
    needs = old_keys(loop)
    assert {name: many for name, many in needs.items() if name.split()[0] in ("address", "webhook")} == {
        name: 0 for name in needs if name.split()[0] in ("address", "webhook")
    }
    assert len(needs) == 12


def test_a_key_is_removed_once_nothing_needs_it(loop: Loop, tmp_path: Path) -> None:
    """Not before what it sealed is sealed anew, its codes are gone, and what others keep of it has run out."""
    loop.consent()
    endpoint(loop)
    _link_all(loop)
    former = {key.purpose: key.name for key in keep_keys.list_keys(loop.database, loop.settings).keys}
    for purpose in KeyPurpose:
        if purpose is not KeyPurpose.TOKEN:
            keep_keys.rotate_key(loop.database, loop.settings, purpose)

    def refusal(purpose: KeyPurpose) -> str:
        try:
            keep_keys.remove_key(loop.database, loop.settings, purpose, former[purpose])
        except KeyRefused as refused:
            return str(refused)
        return ""

    needed = {purpose: refusal(purpose) for purpose in KeyPurpose if purpose is not KeyPurpose.TOKEN}
    assert all("need this key" in needed[purpose] for purpose in ("address", "webhook", "code", "audit"))
    keep_keys.rewrite_sealed(loop.database)
    assert "less than an hour" in refusal(KeyPurpose.ADDRESS)
    assert "less than an hour" in refusal(KeyPurpose.RECEIPT)
    file = tmp_path / "store.key"
    aged(file)
    assert [refusal(KeyPurpose(purpose)) for purpose in ("address", "webhook", "receipt")] == ["", "", ""]
    assert "need this key" in refusal(KeyPurpose.CODE)

    keep_keys.remove_key(loop.database, loop.settings, KeyPurpose.CODE, former["code"], now=True)

    assert place(loop) == "at first"
    assert keep_keys.list_keys(loop.database, loop.settings).lost == {Purpose.CODE: 1}
    assert not any(secret in repr(_acts(loop)) for line in file.read_text().split("\n") for secret in line.split()[4:])


def test_the_key_for_codes_stays_while_a_request_may_be_repeated(loop: Loop, tmp_path: Path) -> None:
    """For a day after it was replaced, though no code needs it: by it a repeated request is known."""
    keep_keys.rotate_key(loop.database, loop.settings, KeyPurpose.CODE)
    file = tmp_path / "store.key"
    for ago, refused in ((timedelta(hours=23), True), (timedelta(hours=25), False)):
        aged(file, ago)
        [old] = [key.name for key in keep_keys.list_keys(loop.database, loop.settings).keys if key.state == "old"]
        with pytest.raises(KeyRefused, match="repeat a request") if refused else nullcontext():
            keep_keys.remove_key(loop.database, loop.settings, KeyPurpose.CODE, old)


def test_what_is_lost_is_told_and_work_goes_on(loop: Loop, tmp_path: Path) -> None:
    """Without the file: how much is lost of what; then agencies write anew what nobody can read, and the rest works."""
    consent, hooked = loop.consent(), endpoint(loop)
    _link_all(loop)
    file = tmp_path / "store.key"
    file.unlink()

    with open_database(loop.settings) as begun:
        lost = keep_keys.list_keys(begun, loop.settings).lost
        output = router(loop.settings, *(f"keys lost {purpose}" for purpose in KeyPurpose))
        assert not file.exists()
        assert (lost[Purpose.ADDRESS], lost[Purpose.WEBHOOK], lost[Purpose.CODE]) == (1, 2, 1)
        assert lost[Purpose.AUDIT] > 0
        assert output.splitlines() == [LOST[purpose].format(many=lost.get(purpose)) for purpose in KeyPurpose]
        router(loop.settings, *(f"keys lost {purpose} --go-on" for purpose in GIVEN_UP))
        assert {*keep_keys.list_keys(begun, loop.settings).lost} == {Purpose.CODE, Purpose.AUDIT}

    readiness(loop, 200)
    assert place(loop) == "None"
    load_bundle(loop.database.unit_of_work(), json.dumps(with_private_place("anew")).encode(), replace=False)
    assert place(loop) == "anew"
    document = loop.call("GET", f"/v1/webhook-endpoints/{hooked}", CLINIC, scopes=SCOPES).json()
    assert (document["enabled"], document["disabled_reason"]) == (False, "key_lost")
    assert loop.call("POST", f"/v1/webhook-endpoints/{hooked}/secret-rotation", CLINIC, {}, scopes=SCOPES).is_success
    assert loop.call("POST", "/v1/consents/look-up", SENDER, {"code": consent["code"]}).status_code == 404
    assert loop.call("POST", f"/v1/consents/{consent['id']}/withdrawal", SENDER).status_code == 200
    assert loop.call("POST", "/v1/consents/look-up", SENDER, {"code": loop.consent()["code"]}).status_code == 200
    purposes = [details["purpose"] for operation, details in _acts(loop) if operation == "keys lost"]
    assert purposes == list(GIVEN_UP)


def test_what_is_done_with_keys_is_in_the_audit(loop: Loop, tmp_path: Path) -> None:
    """Each key that is made, at its first need too, used or removed, by its name; no part of a key."""
    file = tmp_path / "store.key"
    first = {name for keys in (StoreKeys(key_file=file).of(purpose) for purpose in Purpose) for name in [keys[0].name]}
    file.unlink()
    router(loop.settings, *(f"keys lost {purpose} --go-on" for purpose in GIVEN_UP))
    new_names = {key.name for purpose in Purpose for key in StoreKeys(key_file=file).of(purpose)}
    router(loop.settings, "keys make audit", "keys rotate audit", "keys rotate token")

    acts = _acts(loop)

    assert first.isdisjoint(new_names)
    assert {details["key"] for operation, details in acts if operation == "keys make"} > new_names
    assert [details["purpose"] for operation, details in acts if operation == "keys rotate"] == ["audit", "token"]
    audit_keys = [details["key"] for operation, details in acts if details.get("purpose") == "audit"][-2:]
    assert audit_keys == [StoreKeys(key_file=file).of(Purpose.AUDIT)[0].name] * 2
    text = repr(acts)
    assert not any(line.split()[4] in text for line in file.read_text().splitlines())


def _until(stop: Event, act: Callable[[int], Any]) -> list[Any]:
    results: list[Any] = []
    while not stop.is_set():
        results.append(act(len(results)))
        stop.wait(0.02)  # others have a turn
    return results


def _link_all(loop: Loop) -> None:
    trail = loop.database.audit
    assert trail is not None
    with loop.database.unit_of_work() as work:
        while (links := trail.next_links(work.session)) is not None:
            assert trail.link(work.session, links)
        work.commit()


def _acts(loop: Loop) -> list[tuple[str, dict[str, Any]]]:
    with loop.database.unit_of_work(writes=False) as work:
        rows = work.session.execute(select(ENTRIES).order_by(ENTRIES.c.at, ENTRIES.c.id)).all()
    return [(row.operation, row.details or {}) for row in rows]
