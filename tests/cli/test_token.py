"""`token`: what it prints, and what it refuses."""

from __future__ import annotations

import pytest
from command_line import CommandLine, start

from service.auth import build_verifier
from service.settings import Settings
from service.store.database import open_database
from service.usecases.keep_sessions import spend_login_code

DATABASE = "sqlite:///mine.db"


def test_it_prints_a_token_and_nothing_else(router: CommandLine):
    """The output is one token that the same database's verifier accepts, so that a shell can keep it in a variable."""
    asked = ["--organization", "harbor-house", "--scope", "route", "--scope", "directory:read", "--ttl", "90s"]
    child = start(router.folder, "token", *asked, "--database", DATABASE)
    out, err = child.communicate(timeout=120)

    caller = build_verifier(Settings(database=DATABASE)).verify(out.decode().removesuffix("\n"))

    assert (child.returncode, err) == (0, b"")
    assert (caller.organization, caller.scopes) == ("harbor-house", {"route", "directory:read"})
    assert [file.name for file in router.folder.iterdir()] == ["mine.token.key"]


def test_a_second_token_is_signed_with_the_same_key(router: CommandLine):
    """The key is made by the first token and kept; the subject is the organization unless another is named."""
    usual = ["token", "--organization", "harbor-house", "--database", DATABASE]
    first, second = router.run(*usual), router.run(*usual, "--subject", "desk-7")

    verifier = build_verifier(Settings(database=DATABASE))

    assert verifier.verify(first.out.strip()).subject == "harbor-house"
    assert verifier.verify(second.out.strip()).subject == "desk-7"
    assert verifier.verify(first.out.strip()).scopes == frozenset()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "--organization"),
        (["--organization", "Canary House"], "slug"),
        (["--organization", "x", "--ttl", "canary"], "1h"),
        (["--organization", "x", "--ttl", "31d"], "30d"),
        (["--organization", "x", "--scope", "canar\u00ff"], "scope"),
        (["--organization", "x", "--subject", "canary\n"], "subject"),
    ],
)
def test_wrong_usage_is_told_and_makes_nothing(router: CommandLine, arguments, said):
    """Exit status 2, one plain sentence on standard error that repeats nothing, and no key file."""
    outcome = router.run("token", *arguments)

    assert (outcome.status, outcome.out) == (2, "")
    assert said in outcome.err
    assert "canar" not in outcome.err.lower()
    assert list(router.folder.iterdir()) == []


def test_no_token_is_signed_beside_an_issuer(router: CommandLine):
    """Exit status 1 where tokens come from an issuer; its URL is not repeated."""
    router.monkeypatch.setenv("REFERRAL_ROUTER_JWKS_URL", "https://canary.example/keys")

    outcome = router.run("token", "--organization", "x")

    assert (outcome.status, outcome.out) == (1, "")
    assert "jwks_url" in outcome.err
    assert "canary" not in outcome.err


def test_a_key_without_a_place_is_told(router: CommandLine):
    """Exit status 1 where the database is no SQLite file and no key file is named; its URL is not repeated."""
    outcome = router.run("token", "--organization", "x", "--database", "postgresql://canary:secret@db.example/router")

    assert (outcome.status, outcome.out) == (1, "")
    assert "token_key_file" in outcome.err
    assert "canary" not in outcome.err


def test_a_link_signs_one_person_in(router: CommandLine):
    """One address and nothing else, with a code that speaks for the organization, once; no key is made for it."""
    router.run("init", "mine.yaml")
    assert router.run("load", "mine.yaml", "--database", DATABASE).status == 0
    asked = ["--organization", "harbor-house", "--scope", "referral", "--subject", "desk-7", "--database", DATABASE]
    outcome = router.run("token", "--login", *asked)
    address, _, code = outcome.out.strip().rpartition("/")

    assert (outcome.status, outcome.err, address) == (0, "", "http://127.0.0.1:8000/signin")
    with open_database(Settings(database=DATABASE)) as database:
        caller = spend_login_code(database.unit_of_work(), TRUSTED, code)
        assert caller is not None
        assert (caller.organization, caller.scopes, caller.subject) == ("harbor-house", {"referral"}, "desk-7")
        assert spend_login_code(database.unit_of_work(), TRUSTED, code) is None
    assert not (router.folder / "mine.token.key").exists()


def test_a_link_leads_where_the_pages_are(router: CommandLine, monkeypatch: pytest.MonkeyPatch):
    """The port that was named, else the address of the settings; beside an issuer there is none, nor for a --ttl."""
    router.run("init", "mine.yaml")
    router.run("load", "mine.yaml", "--database", DATABASE)
    usual = ["token", "--login", "--organization", "harbor-house", "--database", DATABASE]
    assert router.run(*usual, "--port", "9000").out.startswith("http://127.0.0.1:9000/signin/")
    assert router.run(*usual, "--ttl", "1h").status == 2
    monkeypatch.setenv("REFERRAL_ROUTER_PAGE_URL", "https://router.example.org/")
    assert router.run(*usual).out.startswith("https://router.example.org/signin/")
    monkeypatch.setenv("REFERRAL_ROUTER_SIGN_IN_ISSUER", "https://issuer.example.org")
    refused = router.run(*usual)
    assert (refused.status, refused.out) == (1, "")
    assert "sign_in_issuer" in refused.err


@pytest.mark.parametrize("name", ["PAGE_URL", "SIGN_IN_ISSUER", "LEAVE_TO"])
@pytest.mark.parametrize("value", ["http://router.example.org", "router.example.org", "https://", "ftp://a.example", "https://u:p@a.example"])  # fmt: skip  # noqa: E501
def test_an_address_without_tls_is_refused(router: CommandLine, monkeypatch: pytest.MonkeyPatch, name: str, value: str):
    """The setting is named and what it says is not."""
    monkeypatch.setenv(f"REFERRAL_ROUTER_{name}", value)
    outcome = router.run("token", "--organization", "x", "--database", DATABASE)

    assert outcome.status == 2
    assert name in outcome.err
    assert value not in outcome.err.replace("https://", "", value != "https://")
