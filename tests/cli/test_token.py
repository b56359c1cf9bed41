"""`token`: what it prints, and what it refuses."""

from __future__ import annotations

import json

import pytest
from command_line import CommandLine, start
from sqlalchemy import select
from token_builders import unb64

from service.database.database import open_database
from service.database.table_base import table_of
from service.security import InvalidToken, Refusal, Verifier, build_verifier, find_or_make_signing_key
from service.security.key_file import read_signing_keys
from service.security.polled_tokens import RefusedTokens
from service.security.tables import RefusedToken
from service.sessions.keep_sessions import SignInKeys, find_session, spend_login_code
from service.sessions.tables import LoginCode
from service.settings import Settings

DATABASE = "sqlite:///mine.db"


@pytest.fixture
def house(router: CommandLine) -> CommandLine:
    """A database with the organization `willow-house` in it."""
    router.run("init", "mine.yaml")
    assert router.run("load", "mine.yaml", "--database", DATABASE).status == 0
    return router


def printed(router: CommandLine, *more: str) -> str:
    """A token for the house."""
    outcome = router.run("token", "--organization", "harbor-house", "--scope", "route", "--database", DATABASE, *more)
    assert (outcome.status, outcome.err) == (0, "")
    return outcome.out.strip()


def verifier(router: CommandLine) -> Verifier:
    """A verifier that has read the refused tokens of the database now."""
    settings = Settings(database=DATABASE)
    with open_database(settings) as database:
        refused = RefusedTokens(database)
        refused.refresh()
    return build_verifier(settings, is_refused=refused.holds)


def ground(router: CommandLine, token: str) -> Refusal | None:
    """The ground on which a token is refused now; None: it is good."""
    try:
        verifier(router).verify(token)
    except InvalidToken as refused:
        return refused.refusal
    return None


def test_it_prints_a_token_and_nothing_else(router: CommandLine):
    """The output is one token that the same database's verifier accepts, so that a shell can keep it in a variable."""
    options = ["--organization", "harbor-house", "--scope", "route", "--scope", "directory:read", "--ttl", "90s"]
    child = start(router.folder, "token", *options, "--database", DATABASE)
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
    ("arguments", "word"),
    [
        ([], "--organization"),
        (["--organization", "Canary House"], "slug"),
        (["--organization", "x", "--ttl", "canary"], "1h"),
        (["--organization", "x", "--ttl", "31d"], "30d"),
        (["--organization", "x", "--scope", "canar\u00ff"], "scope"),
        (["--organization", "x", "--scope", "canary"], "directory:read"),
        (["--organization", "x", "--scope", "route canary"], "directory:read"),
        (["--organization", "x", "--scope", "canary", "--login"], "directory:read"),
        (["--organization", "x", "--subject", "canary\n"], "subject"),
    ],
)
def test_wrong_usage_is_told_and_makes_nothing(router: CommandLine, arguments, word):
    """Exit status 2, one plain sentence on standard error that repeats nothing, and no key file."""
    outcome = router.run("token", *arguments)

    assert (outcome.status, outcome.out) == (2, "")
    assert word in outcome.err
    assert "canar" not in outcome.err.lower()
    assert list(router.folder.iterdir()) == []


def test_no_token_is_signed_beside_an_issuer(router: CommandLine):
    """Exit status 1 where tokens come from an issuer; its URL is not repeated."""
    router.monkeypatch.setenv("REFERRAL_ROUTER_JWKS_URL", "https://canary.example/keys")

    outcome = router.run("token", "--organization", "x")

    assert (outcome.status, outcome.out) == (1, "")
    assert "REFERRAL_ROUTER_JWKS_URL" in outcome.err
    assert "canary" not in outcome.err


def test_a_key_without_a_place_is_told(router: CommandLine):
    """Exit status 1 where the database is no SQLite file and no key file is named; its URL is not repeated."""
    outcome = router.run("token", "--organization", "x", "--database", "postgresql://canary:secret@db.example/router")

    assert (outcome.status, outcome.out) == (1, "")
    assert "REFERRAL_ROUTER_TOKEN_KEY_FILE" in outcome.err
    assert "canary" not in outcome.err


def test_a_link_signs_one_person_in(house: CommandLine):
    """One address and nothing else, with a code that speaks for the organization, once, and ends with the local key."""
    router = house
    options = ["--organization", "willow-house", "--scope", "referral", "--subject", "desk-7", "--database", DATABASE]
    outcome = router.run("token", "--login", *options)
    address, _, code = outcome.out.strip().rpartition("/")

    assert (outcome.status, outcome.err, address) == (0, "", "http://127.0.0.1:8000/signin")
    with open_database(Settings(database=DATABASE)) as database:
        trust = SignInKeys(build_verifier(Settings(database=DATABASE)), None)
        token, work = spend_login_code(database.unit_of_work(), trust, code), database.unit_of_work()
        session = find_session(work, work, trust, str(token))
        assert session is not None
        caller = session.caller
        assert (caller.organization, caller.scopes, caller.subject) == ("willow-house", {"referral"}, "desk-7")
        assert caller.key == find_or_make_signing_key(router.folder / "mine.token.key").kid
        assert spend_login_code(database.unit_of_work(), trust, code) is None


def test_no_link_is_made_for_who_is_not_here(house: CommandLine):
    """Exit status 1 for an organization that is not in the directory, a sentence that repeats nothing, and no code."""
    outcome = house.run("token", "--login", "--organization", "canary-house", "--database", DATABASE)

    assert (outcome.status, outcome.out) == (1, "")
    assert outcome.err
    assert "canary" not in outcome.err
    with open_database(Settings(database=DATABASE)) as database, database.engine.connect() as connection:
        assert connection.execute(select(table_of(LoginCode))).all() == []


def test_a_token_is_refused_by_itself_or_by_its_jti(house: CommandLine):
    """From standard input (no name, or `-`), with or without `Bearer`, or by `jti`; others stay good. Twice is once."""
    by_itself, by_dash, by_bearer, by_jti, good = (printed(house) for _ in range(5))
    jti = json.loads(unb64(by_jti.split(".")[1]))["jti"]

    for arguments, typed in (
        ((), by_itself),
        (("-",), by_dash),
        ((), f"Bearer {by_bearer}\n"),
        ((jti,), ""),
        ((jti,), ""),
    ):
        outcome = house.run("token", "refuse", *arguments, "--database", DATABASE, typed=typed.encode())
        assert (outcome.status, outcome.err) == (0, "")
        assert "two seconds" in outcome.out

    assert [ground(house, token) for token in (by_itself, by_dash, by_bearer, by_jti)] == [Refusal.TAKEN_BACK] * 4
    assert ground(house, good) is None
    with open_database(Settings(database=DATABASE)) as database, database.engine.connect() as connection:
        rows = connection.execute(select(table_of(RefusedToken))).all()
    assert len(rows) == 4
    assert jti not in repr(rows)


def test_what_is_refused_already_is_told(house: CommandLine):
    """A token that no key of ours signed needs no refusal; its text is not repeated."""
    strange = printed(house)
    house.run("keys", "rotate", "token", "--database", DATABASE)
    house.run("keys", "remove", "token", verifier_kid(strange), "--database", DATABASE)

    for typed in (strange, "canary", ""):
        outcome = house.run("token", "refuse", "--database", DATABASE, typed=typed.encode())
        assert (outcome.status, outcome.out) == (1, "")
        assert "refused as it is" in outcome.err
        assert "canary" not in outcome.err


@pytest.mark.parametrize("jti", ["", "a\nb", "x" * 256, "eyJh.eyJh.c2ln"])
def test_what_is_no_jti_is_wrong_usage(house: CommandLine, jti: str):
    """Above all a token typed as an argument, where others can read it."""
    outcome = house.run("token", "refuse", jti, "--database", DATABASE)

    assert (outcome.status, outcome.out) == (2, "")
    assert "jti" in outcome.err


def test_a_jti_alone_does_not_do_where_another_issuer_signs(house: CommandLine, monkeypatch: pytest.MonkeyPatch):
    """How long such a token lives is said by the token alone."""
    monkeypatch.setenv("REFERRAL_ROUTER_JWKS_URL", "https://issuer.example.org/keys")
    outcome = house.run("token", "refuse", "some-jti", "--database", DATABASE)

    assert (outcome.status, outcome.out) == (2, "")
    assert "standard input" in outcome.err


def verifier_kid(token: str) -> str:
    kid: str = json.loads(unb64(token.split(".")[0]))["kid"]
    return kid


def listed(house: CommandLine) -> list[list[str]]:
    """The keys that sign tokens, by name and state."""
    lines = house.run("keys", "list", "--database", DATABASE).out.splitlines()
    return [line.split()[1:3] for line in lines if line.startswith("token ")]


def test_keys_are_renewed_without_an_outage(house: CommandLine):
    """`rotate` signs with a new key and goes on checking; `list` tells; `remove` ends what the key signed, no more."""
    file = ["--database", DATABASE]
    assert listed(house) == []
    old = printed(house)
    house.run("keys", "rotate", "token", *file)
    new = printed(house)

    assert verifier_kid(old) != verifier_kid(new)
    assert [ground(house, token) for token in (old, new)] == [None, None]
    assert listed(house) == [[verifier_kid(new), "used"], [verifier_kid(old), "old"]]
    refused = house.run("keys", "remove", "token", verifier_kid(new), *file)
    assert (refused.status, "rotate" in refused.err) == (1, True)
    assert house.run("keys", "remove", "token", "canary", *file).status == 1

    assert house.run("keys", "remove", "token", verifier_kid(old), *file).status == 0

    assert [ground(house, token) for token in (old, new)] == [Refusal.UNKNOWN_KEY, None]
    assert listed(house) == [[verifier_kid(new), "used"]]


def test_a_key_whose_id_begins_with_a_dash_is_removed(house: CommandLine):
    """Every 64th id does: it is a hash in base64url, and not an option."""
    path = house.folder / "keys.pem"
    house.run("keys", "rotate", "token", "--database", DATABASE)
    (file,) = [found for found in house.folder.iterdir() if found.read_bytes().find(b"PRIVATE KEY") > 0]
    while not (dashed := find_or_make_signing_key(path)).kid.startswith("-"):
        path.unlink()
    file.write_bytes(file.read_bytes() + dashed.pem())

    assert house.run("keys", "remove", "token", "--typo", dashed.kid, "--database", DATABASE).status == 2
    assert house.run("keys", "remove", "token", dashed.kid, "--database", DATABASE).status == 0
    assert dashed.kid not in {key.kid for key in read_signing_keys(file)}


@pytest.mark.parametrize("options", [["--organization", "x"], ["--database", DATABASE], ["--login"], ["--scope", "a"]])
def test_a_command_of_tokens_stands_alone(router: CommandLine, options: list[str]):
    """What is written before it would be passed over, so it is wrong usage."""
    outcome = router.run("token", *options, "refuse")

    assert (outcome.status, outcome.out) == (2, "")
    assert list(router.folder.iterdir()) == []


def test_a_link_leads_where_the_pages_are(router: CommandLine, monkeypatch: pytest.MonkeyPatch):
    """The port that was named, else the address of the settings; beside an issuer there is none, nor for a --ttl."""
    router.run("init", "mine.yaml")
    router.run("load", "mine.yaml", "--database", DATABASE)
    usual = ["token", "--login", "--organization", "willow-house", "--database", DATABASE]
    assert router.run(*usual, "--port", "9000").out.startswith("http://127.0.0.1:9000/signin/")
    assert router.run(*usual, "--ttl", "1h").status == 2
    monkeypatch.setenv("REFERRAL_ROUTER_PAGE_URL", "https://router.example.org/")
    assert router.run(*usual).out.startswith("https://router.example.org/signin/")
    monkeypatch.setenv("REFERRAL_ROUTER_SIGN_IN_ISSUER", "https://issuer.example.org")
    refused = router.run(*usual)
    assert (refused.status, refused.out) == (1, "")
    assert "REFERRAL_ROUTER_SIGN_IN_ISSUER" in refused.err


@pytest.mark.parametrize("name", ["PAGE_URL", "SIGN_IN_ISSUER", "LEAVE_TO"])
@pytest.mark.parametrize("value", ["http://router.example.org", "router.example.org", "https://", "ftp://a.example", "https://u:p@a.example"])  # fmt: skip  # noqa: E501
def test_an_address_without_tls_is_refused(router: CommandLine, monkeypatch: pytest.MonkeyPatch, name: str, value: str):
    """The setting is named and what it says is not."""
    monkeypatch.setenv(f"REFERRAL_ROUTER_{name}", value)
    outcome = router.run("token", "--organization", "x", "--database", DATABASE)

    assert outcome.status == 2
    assert name in outcome.err
    assert value not in outcome.err.replace("https://", "", value != "https://")
