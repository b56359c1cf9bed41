"""The local keys: made once, kept private, renewed without an outage, and gone when their file is."""

from __future__ import annotations

import multiprocessing
import os
import stat
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from token_builders import (
    JWKS_URL,
    NOW,
    b64,
    ec_signer,
    good_claims,
    jwks_settings,
    publishing,
    unb64,
    verifier_for,
)

from service.security import (
    Caller,
    InvalidToken,
    Refusal,
    TokenKeyError,
    Verifier,
    build_caller,
    build_verifier,
    read_ttl,
)
from service.security import issue_token as issue
from service.security.compact import read_header
from service.security.key_file import (
    MOST_KEYS,
    find_or_make_signing_key,
    read_signing_keys,
    remove_signing_key,
    rotate_signing_key,
)
from service.settings import Settings

HOUR = timedelta(hours=1)
CALLER = Caller("harbor-house", frozenset({"route"}), "desk-7")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(token_key_file=tmp_path / "token.key")


@pytest.fixture
def key_file(settings: Settings) -> Path:
    assert settings.token_key_file is not None
    return settings.token_key_file


def verifier(settings: Settings) -> Verifier:
    return build_verifier(settings, now=lambda: NOW)


def token(settings: Settings) -> str:
    return issue(settings, CALLER, ttl=HOUR, now=lambda: NOW)


def test_a_signed_token_is_accepted(settings: Settings):
    """What `token` signs, the same settings accept, with organization, scopes and subject as asked."""
    assert verifier(settings).verify(token(settings)) == CALLER


def test_the_key_is_made_once_and_is_private(settings: Settings, key_file: Path):
    """The first token makes the key file, for its owner only; the second leaves it as it is. No draft stays behind."""
    token(settings)
    content = key_file.read_bytes()
    token(settings)

    assert key_file.read_bytes() == content
    assert stat.S_IMODE(key_file.stat().st_mode) == 0o600
    assert os.listdir(key_file.parent) == [key_file.name]
    assert content.split(b"\n", 1)[1].startswith(b"-----BEGIN PRIVATE KEY-----")


def test_verifying_makes_no_key(settings: Settings, key_file: Path):
    """A verifier without a key refuses, and does not make one; it uses the key as soon as there is one."""
    waiting = verifier(settings)
    elsewhere = Settings(token_key_file=key_file.with_name("other.key"))
    assert refusal_of(waiting, token(elsewhere)) == Refusal.UNKNOWN_KEY
    assert not key_file.exists()

    assert waiting.verify(token(settings)) == CALLER


def test_deleting_the_file_withdraws_its_tokens(settings: Settings, key_file: Path):
    """Once the file is gone, or holds another key, the old key's tokens are refused, without a restart."""
    running, old = verifier(settings), token(settings)
    assert running.verify(old)

    key_file.unlink()
    assert refusal_of(running, old) == Refusal.UNKNOWN_KEY

    new = token(settings)
    assert running.verify(new)
    assert refusal_of(running, old) == Refusal.UNKNOWN_KEY


def _make(path: str, names: multiprocessing.Queue[str]) -> None:
    names.put(find_or_make_signing_key(Path(path)).kid)


def test_processes_that_start_together_share_one_key(key_file: Path):
    """Of several that make the key at once, one wins, and all use that one."""
    context = multiprocessing.get_context("fork")
    names: multiprocessing.Queue[str] = context.Queue()
    processes = [context.Process(target=_make, args=(str(key_file), names)) for _ in range(6)]
    for process in processes:
        process.start()
    kids = {names.get(timeout=30) for _ in processes}
    for process in processes:
        process.join()

    assert kids == {find_or_make_signing_key(key_file).kid}


def test_a_rotation_is_no_outage(settings: Settings, key_file: Path):
    """A running verifier takes the new key's tokens and the old one's; after the removal the new one's alone."""
    running, old = verifier(settings), token(settings)
    kid = read_header(old).kid
    new = rotate_signing_key(key_file)
    renewed = token(settings)

    assert read_header(renewed).kid == new.kid != kid
    assert running.verify(old) == running.verify(renewed) == CALLER
    assert [key.kid for key in read_signing_keys(key_file)] == [new.kid, kid]
    assert (running.trusts(kid), running.trusts(new.kid), running.trusts("none")) == (True, True, False)

    remove_signing_key(key_file, kid)

    assert running.verify(renewed) == CALLER
    assert refusal_of(running, old) == Refusal.UNKNOWN_KEY
    assert (running.trusts(kid), running.trusts(new.kid)) == (False, True)
    assert stat.S_IMODE(key_file.stat().st_mode) == 0o600
    assert os.listdir(key_file.parent) == [key_file.name]


def _rotate(path: str, names: multiprocessing.Queue[str]) -> None:
    names.put(rotate_signing_key(Path(path)).kid)


def test_rotations_at_once_lose_no_key(settings: Settings, key_file: Path):
    """Of several processes that rotate together each puts its key into the file, and none is lost."""
    token(settings)
    before = {key.kid for key in read_signing_keys(key_file)}
    context = multiprocessing.get_context("fork")
    names: multiprocessing.Queue[str] = context.Queue()
    processes = [context.Process(target=_rotate, args=(str(key_file), names)) for _ in range(6)]
    for process in processes:
        process.start()
    kids = {names.get(timeout=30) for _ in processes}
    for process in processes:
        process.join()

    assert {key.kid for key in read_signing_keys(key_file)} == kids | before
    assert len(kids) == 6


def test_the_signing_key_is_not_removed(settings: Settings, key_file: Path):
    """Neither alone nor beside others: then nothing could be signed, or an older key would. A strange name is told."""
    kid = read_header(token(settings)).kid
    for name, sentence in ((kid, "rotate"), ("canary", "no key of that name")):
        with pytest.raises(TokenKeyError, match=sentence):
            remove_signing_key(key_file, name)
    new = rotate_signing_key(key_file)
    with pytest.raises(TokenKeyError, match="rotate"):
        remove_signing_key(key_file, new.kid)
    assert [key.kid for key in read_signing_keys(key_file)] == [new.kid, kid]


def test_a_file_takes_a_bounded_number_of_keys(settings: Settings, key_file: Path):
    """Beyond it a rotation is refused and the file stays as it is."""
    token(settings)
    for _ in range(MOST_KEYS - 1):
        rotate_signing_key(key_file)
    full = key_file.read_bytes()

    with pytest.raises(TokenKeyError, match="remove one first"):
        rotate_signing_key(key_file)
    assert key_file.read_bytes() == full
    assert verifier(settings).verify(token(settings)) == CALLER


def test_a_link_to_the_file_stays_a_link(settings: Settings, key_file: Path, tmp_path: Path):
    """What it leads to is replaced, beside itself."""
    (tmp_path / "elsewhere").mkdir()
    key_file.symlink_to(tmp_path / "elsewhere" / "real.key")
    elsewhere = Settings(token_key_file=tmp_path / "elsewhere" / "real.key")
    old = token(elsewhere)

    rotate_signing_key(key_file)

    assert key_file.is_symlink()
    assert os.listdir(tmp_path / "elsewhere") == ["real.key"]
    assert verifier(settings).verify(old) == verifier(elsewhere).verify(token(settings)) == CALLER


@pytest.mark.skipif(os.geteuid() != 0, reason="who runs the tests may not give files away")
def test_a_rotated_file_stays_its_owners(settings: Settings, key_file: Path):
    """Rotated by root, it is read on by whom the server runs as."""
    token(settings)
    os.chown(key_file, 12345, 12346)
    rotate_signing_key(key_file)

    status = key_file.stat()
    assert (status.st_uid, status.st_gid, stat.S_IMODE(status.st_mode)) == (12345, 12346, 0o600)


@pytest.mark.parametrize("fault", ["half", "another", "too long"])
def test_one_unfit_key_among_several_makes_the_file_unfit(settings: Settings, key_file: Path, fault: str):
    """A part that cannot be read is no key less: nothing is signed and nobody let in until the file is mended."""
    old = token(settings)
    good = key_file.read_bytes()
    another = _pem(ec.generate_private_key(ec.SECP384R1()))
    bad = {"half": good[: len(good) // 2], "another": another, "too long": b" " * 20_000}
    key_file.write_bytes(good + bad[fault])

    with pytest.raises(TokenKeyError):
        token(settings)
    assert refusal_of(verifier(settings), old) == Refusal.UNKNOWN_KEY
    key_file.write_bytes(good)
    assert verifier(settings).verify(old) == CALLER


def test_a_key_as_openssl_writes_it_is_read(settings: Settings, key_file: Path):
    """With the curve's parameters in front and text around it, in the older form of a private key."""
    private = ec.generate_private_key(ec.SECP256R1())
    older = private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )
    parameters = b"-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n"
    key_file.write_bytes(b"made by hand\r\n" + parameters + older)
    key_file.chmod(0o600)

    assert verifier(settings).verify(token(settings)) == CALLER


ORDER = ec.SECP256R1.group_order


def twin(signed: str) -> str:
    """The other text with a good signature of the same words: (r, n - s)."""
    head, _, signature = signed.rpartition(".")
    numbers = unb64(signature)
    other = ORDER - int.from_bytes(numbers[32:], "big")
    return f"{head}.{b64(numbers[:32] + other.to_bytes(32, 'big'))}"


def test_of_a_token_of_ours_one_text_is_good(settings: Settings):
    """Every signature has the lower `s`, and its twin, which is as good a signature, is refused: 40 of 40."""
    checking = verifier(settings)
    for _ in range(40):
        text = token(settings)
        assert int.from_bytes(unb64(text.rpartition(".")[2])[32:], "big") <= ORDER // 2
        assert checking.verify(text) == CALLER
        assert twin(twin(text)) == text
        assert refusal_of(checking, twin(text)) == Refusal.BAD_SIGNATURE


def test_an_issuer_may_sign_either_form_and_a_refusal_holds_for_both():
    """RFC 7518 asks for no form, so an honest issuer's tokens are let in; refused, neither twin is."""
    signer = ec_signer()
    for claims in (good_claims(jti="one"), good_claims()):
        signed = signer.token(claims)
        open_door = verifier_for(signer)
        assert open_door.verify(signed) == open_door.verify(twin(signed))
        name, ends_s = open_door.identify(signed)
        assert open_door.identify(twin(signed)) == (name, ends_s) == (name, claims["exp"] + 30)

        refused = {"transport": publishing(signer), "is_refused": {name}.__contains__}
        closed = build_verifier(jwks_settings(), now=lambda: NOW, **refused)

        for text in (signed, twin(signed)):
            assert refusal_of(closed, text) == Refusal.TAKEN_BACK
        assert closed.verify(signer.token(good_claims(jti="two")))


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644, 0o610])
def test_a_key_that_others_can_read_is_not_used(settings: Settings, key_file: Path, mode):
    """With rights for anybody but the owner, nothing is signed and nothing accepted."""
    running, old = verifier(settings), token(settings)
    assert running.verify(old)
    key_file.chmod(mode)

    with pytest.raises(TokenKeyError, match="owner only"):
        token(settings)
    assert refusal_of(running, old) == Refusal.UNKNOWN_KEY

    key_file.chmod(0o600)
    assert running.verify(old)


def _pem(private: object, password: bytes | None = None) -> bytes:
    encryption = serialization.BestAvailableEncryption(password) if password else serialization.NoEncryption()
    return private.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption)  # type: ignore[attr-defined, no-any-return]


def _public_pem() -> bytes:
    public = ec.generate_private_key(ec.SECP256R1()).public_key()
    return public.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


BAD_FILES = {
    "empty": lambda: b"",
    "no pem": lambda: b"secret",
    "binary": lambda: bytes(range(256)),
    "half": lambda: _pem(ec.generate_private_key(ec.SECP256R1()))[:120],
    "public only": _public_pem,
    "another curve": lambda: _pem(ec.generate_private_key(ec.SECP384R1())),
    "rsa": lambda: _pem(rsa.generate_private_key(public_exponent=65537, key_size=2048)),
    "ed25519": lambda: _pem(ed25519.Ed25519PrivateKey.generate()),
    "with a password": lambda: _pem(ec.generate_private_key(ec.SECP256R1()), b"secret"),
}


@pytest.mark.parametrize("content", BAD_FILES.values(), ids=BAD_FILES.keys())
def test_an_unfit_key_file_is_told_and_left_alone(settings: Settings, key_file: Path, content):
    """A file that holds no P-256 private key signs nothing, lets nobody in, and is never overwritten."""
    good = token(settings)
    written = content()
    key_file.write_bytes(written)

    with pytest.raises(TokenKeyError, match="P-256") as refusal:
        token(settings)

    assert refusal.value.__cause__ is None
    assert refusal_of(verifier(settings), good) == Refusal.UNKNOWN_KEY
    assert key_file.read_bytes() == written


def test_a_folder_or_pipe_in_its_place_is_told(tmp_path: Path):
    """What is no file is not read, and does not hold us up."""
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe", 0o600)

    for name in ("folder", "pipe", "nul\0"):
        settings = Settings(token_key_file=tmp_path / name)
        with pytest.raises(TokenKeyError):
            token(settings)
        assert refusal_of(verifier(settings), token(Settings(token_key_file=tmp_path / "good.key")))


def test_a_key_file_that_cannot_be_written_is_told(tmp_path: Path):
    """Where the folder is missing, the message says that the file cannot be written, without its name."""
    with pytest.raises(TokenKeyError, match="cannot be written") as refusal:
        token(Settings(token_key_file=tmp_path / "missing" / "token.key"))
    assert "missing" not in str(refusal.value)


def test_the_key_lies_beside_an_sqlite_file(tmp_path: Path):
    """With an SQLite database the key has a place of its own; with another, one must be named."""
    beside = Settings(database=f"sqlite:///{tmp_path / 'router.db'}")

    assert verifier(beside).verify(token(beside)) == CALLER
    assert (tmp_path / "router.token.key").is_file()
    for database in ("sqlite://", "sqlite:///:memory:", "postgresql://db.example/router", "nonsense"):
        with pytest.raises(TokenKeyError, match="`REFERRAL_ROUTER_JWKS_URL`, or `REFERRAL_ROUTER_TOKEN_KEY_FILE`"):
            build_verifier(Settings(database=database))


def test_tokens_have_one_source(settings: Settings):
    """With an issuer of its own, nothing is signed here, no local key is accepted, and naming both is refused."""
    two_sources = settings.model_copy(update={"jwks_url": JWKS_URL})

    with pytest.raises(TokenKeyError, match="not both"):
        build_verifier(two_sources)
    with pytest.raises(TokenKeyError, match="none is signed here"):
        token(two_sources)


@pytest.mark.parametrize("name", ["token_issuer", "token_audience"])
def test_issuer_and_audience_are_never_empty(settings: Settings, name):
    """An empty issuer or audience would be no check."""
    with pytest.raises(TokenKeyError, match="must not be empty"):
        build_verifier(settings.model_copy(update={name: ""}))


@pytest.mark.parametrize("name", ["token_issuer", "token_audience"])
def test_another_deployments_tokens_are_refused(settings: Settings, name):
    """The same key under another issuer or audience opens nothing."""
    theirs = settings.model_copy(update={name: "other"})

    assert refusal_of(verifier(settings), token(theirs)) in {Refusal.WRONG_ISSUER, Refusal.WRONG_AUDIENCE}


def test_tokens_are_named_by_key_and_differ(settings: Settings):
    """Two tokens made in the same second differ; both name the key by its RFC 7638 thumbprint."""
    first, second = token(settings), token(settings)

    assert first != second
    assert read_header(first) == read_header(second)
    assert len(unb64(read_header(first).kid)) == 32


@pytest.mark.parametrize(
    ("text", "seconds"), [("1s", 1), ("90s", 90), ("30m", 1800), ("1h", 3600), ("7d", 604800), ("30d", 2592000)]
)
def test_lifetimes_are_read(text, seconds):
    """A number and s, m, h or d."""
    assert read_ttl(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    "text", ["", "0s", "31d", "721h", "9999999d", "1", "h", "-1h", "1.5h", "1 h", "1H", "PT1H", "1h\n", "\u0661h"]
)
def test_other_lifetimes_are_refused(text):
    """None lives for no time, for longer than 30 days, or for a time written otherwise."""
    with pytest.raises(ValueError, match="30d"):
        read_ttl(text)


def test_a_token_ends_when_it_was_said_to(settings: Settings):
    """A token for one hour is refused after one hour and the leeway."""
    text = token(settings)

    assert build_verifier(settings, now=lambda: NOW + HOUR + timedelta(seconds=29)).verify(text)
    assert refusal_of(build_verifier(settings, now=lambda: NOW + HOUR + timedelta(seconds=30)), text) == Refusal.EXPIRED


@pytest.mark.parametrize(
    "fields",
    [
        {"organization": "Harbor House"},
        {"organization": ""},
        {"scopes": ["ro\tute"]},
        {"scopes": ["r\u00f6ute"]},
        {"subject": ""},
        {"subject": "a\nb"},
    ],
    ids=repr,
)
def test_no_token_is_made_that_would_be_refused(fields):
    """What a verifier would refuse is refused before signing."""
    with pytest.raises(ValueError, match=r"\w"):
        build_caller(**{"organization": "harbor-house", "scopes": ["route"], **fields})


def test_scopes_may_be_given_apart_or_together():
    """`--scope a --scope b` and `--scope "a b"` are the same; the subject is the slug if none is given."""
    apart = build_caller(organization="harbor-house", scopes=["route", "directory:read"])

    assert apart == build_caller(organization="harbor-house", scopes=["route directory:read"])
    assert apart.subject == "harbor-house"


def test_a_token_too_long_to_be_accepted_is_not_made(settings: Settings):
    """Nothing is signed that the length alone would refuse."""
    many = build_caller(organization="harbor-house", scopes=[f"scope-{number}" for number in range(1000)])

    with pytest.raises(TokenKeyError, match="8 kB"):
        issue(settings, many, ttl=HOUR, now=lambda: NOW)


def refusal_of(checking: Verifier, text: str) -> Refusal:
    with pytest.raises(InvalidToken) as refusal:
        checking.verify(text)
    return refusal.value.refusal
