"""A key file that is gone, another's, or an older copy: noticed at the start and in readiness, and never replaced."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from api_builders import free_port, load_demo, serving
from environments import environment_of
from loop_builders import SENDER, Loop, loop_over, loop_settings
from maintenance.test_keys import endpoint, router, with_private_place
from maintenance.test_restoring import readiness
from pydantic import SecretStr
from sqlalchemy import text

from service.app import create_app
from service.database.database import open_database
from service.database.key_lines import Purpose, new_key, new_keys, text_of
from service.database.lost_keys import find_lost
from service.directory.use_cases.load_bundle import load_bundle
from service.errors import KeysLost
from service.maintenance import keys as keep_keys
from service.maintenance.keys import KeyPurpose
from service.settings import Settings

ALL = "address, audit, code, webhook"
SERVE = "import sys; from service.cli import run_command; sys.exit(run_command(sys.argv[1:]))"


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    more = {"webhook_http": True, "webhook_networks": "127.0.0.0/8", "address_key_file": tmp_path / "store.key"}
    return loop_settings(database_url, tmp_path, **more).model_copy(update={"address_key": None})


@pytest.fixture
def loop(settings: Settings) -> Iterator[Loop]:
    with loop_over(settings, with_private_place("at first")) as loop:
        yield loop


@contextmanager
def started(settings: Settings) -> Iterator[Loop]:
    """The application started anew, as a machine's own server starts it: without the command line."""
    with open_database(settings) as database, serving(create_app(settings)) as client:
        yield Loop(settings, client, database)


def fill(loop: Loop) -> str:
    """Store something for each purpose; return the code of a consent."""
    endpoint(loop)
    code: str = loop.consent()["code"]
    link_all(loop)
    return code


def link_all(loop: Loop) -> None:
    trail = loop.database.audit
    assert trail is not None
    with loop.database.unit_of_work() as work:
        while (links := trail.next_links(work.session)) is not None:
            assert trail.link(work.session, links)
        work.commit()


def refused_start(settings: Settings, command: str) -> str:
    """Start a command that goes on until it is stopped; return what it says instead."""
    names = ("database", "address_key_file", "token_key_file", "webhook_http", "webhook_networks")
    same = {name: str(value) for name in names if (value := getattr(settings, name)) is not None}
    program = [sys.executable, "-c", SERVE, command, *(["--port", str(free_port())] if command == "serve" else [])]
    done = subprocess.run(program, env=environment_of(**same), capture_output=True, text=True, check=False, timeout=120)
    assert (done.returncode, done.stdout) == (1, ""), done.stderr
    return done.stderr


def swap(file: Path) -> None:
    """Put another deployment's file in the place of one."""
    other = file.with_suffix(".other")
    other.write_bytes(text_of(new_keys()))
    other.chmod(0o600)
    other.replace(file)


def withdrawal(loop: Loop, code: str) -> int:
    return loop.call("POST", "/v1/consent-withdrawals", SENDER, {"code": code}).status_code


@pytest.mark.parametrize("how", ["gone", "another's"])
def test_nothing_starts_without_the_keys_that_rows_need(loop: Loop, tmp_path: Path, how: str) -> None:
    """`serve` and `deliver` say so; a server that starts all the same is not ready, and takes no code. No file is made.

    Once the file is back, all is as before.
    """
    code, file, kept = fill(loop), tmp_path / "store.key", tmp_path / "kept"
    file.rename(kept)
    if how == "another's":
        swap(file)
    stray = file.read_bytes() if file.exists() else None

    for command in ("serve", "deliver"):
        assert ALL in refused_start(loop.settings, command)
    with started(loop.settings) as begun:
        reason = readiness(begun, 503)["reason"]
        assert ALL in reason
        assert "keys lost" in reason
        assert withdrawal(begun, code) == 503
        assert begun.call("POST", "/v1/consents/look-up", SENDER, {"code": code}).status_code == 503
        bundle = json.dumps(with_private_place("elsewhere")).encode()
        with pytest.raises(KeysLost):
            load_bundle(begun.database.unit_of_work(), bundle, replace=True)
        assert (file.read_bytes() if file.exists() else None) == stray
        kept.replace(file)
        readiness(begun, 200)
        assert withdrawal(begun, code) == 202
        assert begun.call("POST", "/v1/consents/look-up", SENDER, {"code": code}).status_code == 200


def test_a_running_program_notices_another_file_in_the_place(loop: Loop, tmp_path: Path) -> None:
    """At its next use of a key; with the file gone it goes on with the keys that it has."""
    code, file, kept = fill(loop), tmp_path / "store.key", tmp_path / "kept"
    shutil.copy2(file, kept)
    file.unlink()
    assert withdrawal(loop, code) == 202
    readiness(loop, 200)
    swap(file)
    assert withdrawal(loop, code) == 503
    assert ALL in readiness(loop, 503)["reason"]
    kept.replace(file)
    assert withdrawal(loop, code) == 202
    readiness(loop, 200)


def test_an_older_copy_of_the_file_is_noticed(loop: Loop, tmp_path: Path) -> None:
    """From before a rotation: some rows need the newer key, and others the key that both files have."""
    fill(loop)
    file, older = tmp_path / "store.key", tmp_path / "older"
    shutil.copy2(file, older)
    keep_keys.rotate_key(loop.database, loop.settings, KeyPurpose.CODE)
    keep_keys.rotate_key(loop.database, loop.settings, KeyPurpose.WEBHOOK)
    assert find_lost(loop.database.engine, loop.database.cipher.keys) == frozenset()
    code = fill(loop)
    older.replace(file)

    assert "(code, webhook)" in readiness(loop, 503)["reason"]
    assert withdrawal(loop, code) == 503


def test_keys_that_are_given_up_stop_nothing_more(loop: Loop, tmp_path: Path) -> None:
    """Each purpose by its command; codes and links of before stay lost, what comes after works."""
    code, file = fill(loop), tmp_path / "store.key"
    file.unlink()
    router(loop.settings, *(f"keys lost {purpose}" for purpose in KeyPurpose))
    assert not file.exists()
    with started(loop.settings) as begun:
        for purpose, rest in (
            ("address", "audit, code, webhook"), ("code", "audit, webhook"), ("webhook", "audit"),
        ):  # fmt: skip
            router(loop.settings, f"keys lost {purpose} --go-on")
            assert rest in refused_start(loop.settings, "serve")
        router(loop.settings, "keys lost audit --go-on", "keys lost audit --go-on")
        readiness(begun, 200)
        assert withdrawal(begun, code) == 202
        assert begun.call("POST", "/v1/consents/look-up", SENDER, {"code": code}).status_code == 404
        assert withdrawal(begun, begun.consent()["code"]) == 202
        swap(file)
        assert "code" in readiness(begun, 503)["reason"]


def test_a_key_removed_though_needed_is_given_up(loop: Loop) -> None:
    """`keys remove code KEY --now` says it already."""
    fill(loop)
    [old] = loop.database.cipher.keys.of(Purpose.CODE)
    keep_keys.rotate_key(loop.database, loop.settings, KeyPurpose.CODE)
    keep_keys.remove_key(loop.database, loop.settings, KeyPurpose.CODE, old.name, now=True)

    assert loop.database.cipher.keys.find_lost() == frozenset()


def test_keys_of_settings_are_compared_as_well(settings: Settings, tmp_path: Path) -> None:
    """Another address key, from which the others follow; and a list of keys for codes without the needed one."""
    given = settings.model_copy(
        update={"address_key_file": None, "address_key": SecretStr(new_key(Purpose.ADDRESS).secret)}
    )
    with loop_over(given, with_private_place("at first")) as loop:
        fill(loop)
    other = given.model_copy(update={"address_key": SecretStr(new_key(Purpose.ADDRESS).secret)})
    with started(other) as begun:
        assert ALL in readiness(begun, 503)["reason"]
    codes = given.model_copy(update={"code_keys": SecretStr("c" * 32)})
    with started(codes) as begun:
        assert "(code)" in readiness(begun, 503)["reason"]
    with started(codes.model_copy(update={"code_keys": SecretStr(f"{'c' * 32},derived")})) as begun:
        readiness(begun, 200)


def test_a_database_that_needs_no_key_gets_a_file(settings: Settings, tmp_path: Path) -> None:
    """Empty, or with nothing private in it: the first need makes the file, as ever."""
    with open_database(settings) as database:
        assert database.cipher.keys.find_lost() == frozenset()  # without a table
        load_demo(settings, json.dumps(with_private_place("x")).encode())
    assert (tmp_path / "store.key").exists()


def test_the_comparison_reads_no_table_of_acts_through(loop: Loop) -> None:
    """A name is found by its index, however many rows there are."""
    for table, column in (("consent", "code_key"), ("referral", "code_key"), ("audit_entry", "key")):
        with loop.database.engine.connect() as connection:
            if connection.dialect.name == "postgresql":
                connection.execute(text("SET enable_seqscan = off"))  # of a few rows it would read the table
            explain = "EXPLAIN QUERY PLAN" if connection.dialect.name == "sqlite" else "EXPLAIN"
            plan = connection.execute(text(f"{explain} SELECT min({column}) FROM {table} WHERE {column} > 'a'")).all()
            assert f"ix_{table}_{column}" in repr(plan)
