"""Settings: a misspelt one is told with the nearest one, a wrong one with its reason; no value is repeated."""

from __future__ import annotations

import os
from typing import Any

import pytest
from command_line import CommandLine, start
from hypothesis import given
from hypothesis import strategies as some
from pydantic import SecretStr, ValidationError

from service.cli.environment import setting_problems
from service.i18n import setup
from service.settings import Settings, variable_of

PREFIX = "REFERRAL_ROUTER_"
WRONG = {
    "HSDS_OPEN": ("perhaps", "must be true or false"),
    "LEAVE_TO": ("http://user:hunter2@example.org", setup.SETTING_FORMS["leave_to"]),
    "MAX_BODY_SIZE": ("100", "must be at least 1024"),
    "MOST_HOLDS": ("hunter2", "must be a whole number"),
    "RATE_LIMIT": ("hunter2", setup.SETTING_FORMS["rate_limit"]),
    "RESPOND_WITHIN_MINUTES": ("[30, 240", setup.SETTING_FORMS["respond_within_minutes"]),
    "WEBHOOK_NETWORKS": ("10.0.0.0/8, hunter2", setup.SETTING_FORMS["webhook_networks"]),
}
ALL_WRONG = [f"{PREFIX}{name} {reason}" for name, (_, reason) in WRONG.items()]
MISSPELT = f"{PREFIX}HSDS_OPNE is no setting of this program; the nearest is `{PREFIX}HSDS_OPEN`"


@pytest.fixture
def wrong(router: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, (value, _) in WRONG.items():
        monkeypatch.setenv(f"{PREFIX}{name}", value)


@pytest.mark.usefixtures("wrong")
def test_every_wrong_setting_is_told_with_its_reason(router: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    """All at once, by any command and by the check, which tells misspelt ones among them; nothing is repeated."""
    monkeypatch.setenv(f"{PREFIX}HSDS_OPNE", "hunter2")
    outcome = router.run("policy", "table")
    check = router.run("config", "check")

    assert (outcome.status, outcome.out, outcome.err.splitlines()) == (2, "", [MISSPELT, *ALL_WRONG])
    assert (check.status, check.out, check.err.splitlines()) == (1, "", [MISSPELT, *ALL_WRONG])


def test_a_misspelt_setting_stops_nothing_and_is_told(router: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    """By every command on standard error, whatever case it is written in; one that is like none has no nearest."""
    monkeypatch.setenv("referral_router_hsds_opne", "off")
    monkeypatch.setenv(f"{PREFIX}ZEBRA", "hunter2")

    outcome = router.run("db", "upgrade")

    assert outcome.status == 0
    assert outcome.err.splitlines() == [
        f"{PREFIX}ZEBRA is no setting of this program",
        f"referral_router_hsds_opne is no setting of this program; the nearest is `{PREFIX}HSDS_OPEN`",
    ]


def test_a_server_does_not_start_on_wrong_settings(router: CommandLine) -> None:
    """`serve` lists what is malformed, and, where all is well-formed, what cannot be served with all the same."""
    malformed = start(router.folder, "serve", **{name.lower(): value for name, (value, _) in WRONG.items()})
    useless = start(
        router.folder, "serve", "--workers", "2", address_key="hunter2", webhook_key="hunter2", code_keys="x"
    )

    _, errors = malformed.communicate(timeout=60)
    assert (malformed.returncode, errors.decode().splitlines()) == (2, ALL_WRONG)
    _, errors = useless.communicate(timeout=60)
    assert (useless.returncode, errors.decode().splitlines()) == (
        1,
        [setup.ADDRESS_KEY_FORM, setup.WEBHOOK_KEY_FORM, setup.CODE_KEYS_FORM],
    )
    assert list(router.folder.iterdir()) == []


def test_the_check_prints_each_setting_with_its_origin(router: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each setting has a line; no secret is in one, nor the password of a database; no file is made."""
    monkeypatch.setenv(f"{PREFIX}ADDRESS_KEY", "b" * 43 + "=")
    monkeypatch.setenv(f"{PREFIX}CODE_KEYS", "hunter2" * 5)
    monkeypatch.setenv("referral_router_most_holds", "9")
    monkeypatch.setenv(f"{PREFIX}TOKEN_KEY_FILE", "keys.pem")
    monkeypatch.setenv(f"{PREFIX}LEAVE_TO", "https://weather.example/now?key=hunter2#hunter2")

    outcome = router.run("config", "check", "--database", "postgresql://me:hunter2@host/name?password=hunter2")

    lines = outcome.out.splitlines()
    assert (outcome.status, outcome.err) == (0, "")
    assert [line.partition(" = ")[0] for line in lines] == [variable_of(name) for name in Settings.model_fields]
    assert f"{PREFIX}DATABASE = postgresql://me:***@host/name  (from the command line)" in lines
    assert f"{PREFIX}LEAVE_TO = https://weather.example/now  (from the environment)" in lines
    assert f"{PREFIX}MOST_HOLDS = 9  (from the environment)" in lines
    assert f"{PREFIX}HSDS_OPEN = true  (by default)" in lines
    assert f"{PREFIX}ADDRESS_KEY = a secret, not shown  (from the environment)" in lines
    assert f"{PREFIX}WEBHOOK_KEY = not set  (by default)" in lines
    assert "hunter2" not in outcome.out
    assert "b" * 43 not in outcome.out
    assert os.listdir(router.folder) == []


def test_the_check_names_every_variable_that_is_wanted(router: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the name that an operator sets, all at once: on PostgreSQL nothing says where keys are."""
    monkeypatch.setenv(f"{PREFIX}DATABASE", "postgresql://me@host/name")
    monkeypatch.setenv(f"{PREFIX}SIGN_IN_ISSUER", "https://issuer.example")

    faults = router.run("config", "check").err

    wanted = ("JWKS_URL", "TOKEN_KEY_FILE", "ADDRESS_KEY", "ADDRESS_KEY_FILE", "SIGN_IN_CLIENT_ID", "PAGE_URL")
    assert [name for name in wanted if f"`{PREFIX}{name}`" not in faults] == []


def test_the_check_names_each_file_that_others_can_read(router: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the variable that says where it is; once nobody else can read them, nothing is left to say."""
    files = {name: router.folder / name for name in ("token.key", "store.key", "store.hidden", "login")}
    monkeypatch.setenv(f"{PREFIX}TOKEN_KEY_FILE", str(files["token.key"]))
    monkeypatch.setenv(f"{PREFIX}ADDRESS_KEY_FILE", str(files["store.key"]))
    monkeypatch.setenv("PGPASSFILE", str(files["login"]))
    assert router.run("db", "upgrade").status == 0
    assert router.run("token", "--organization", "north").status == 0
    assert router.run("keys", "make", "address").status == 0
    for file in files.values():
        file.touch()
        file.chmod(0o640)

    faults = router.run("config", "check").err.splitlines()

    assert faults == [setup.ADDRESS_KEY_MODE, setup.KEY_FILE_MODE, setup.NOTE_MODE, setup.LOGIN_MODE]
    for file in files.values():
        file.chmod(0o600)
    assert router.run("config", "check").status == 0


SETTINGS = {name: some.text(min_size=8, alphabet="qxzjQXZJ") for name in Settings.model_fields}


@given(some.fixed_dictionaries({}, optional=SETTINGS))
def test_no_refusal_holds_a_value(values: dict[str, str]) -> None:
    """Neither our lines nor the library's own text repeat what was set: a secret may stand in the wrong place."""
    text = f"{Settings.model_construct(**secret_settings(values))!r}"
    try:
        Settings(**values)  # type: ignore[arg-type]
    except ValidationError as error:
        lines = setting_problems(error)
        text += "\n".join([*lines, str(error)])

    assert not [value for value in values.values() if value in text]


def secret_settings(values: dict[str, str]) -> dict[str, Any]:
    secret = ("address_key", "code_keys", "webhook_key", "sign_in_client_secret")
    return {name: SecretStr(value) for name, value in values.items() if name in secret}
