"""`token`: what it prints, and what it refuses."""

from __future__ import annotations

import pytest
from command_line import CommandLine, start

from service.auth import build_verifier
from service.settings import Settings

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
