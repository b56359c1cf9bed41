"""The keys of the store: each is replaced by itself, and what an older one wrote is read as long as it is there."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from length import draws
from pydantic import SecretStr
from seeds import fresh_random

from service.database.field_cipher import AddressCipher, SecretCipher
from service.database.key_lines import KeyState, Purpose
from service.database.key_ring import KeyRing
from service.database.store_keys import MOST_KEYS, StoreKeys, build_keys
from service.errors import AddressKeyError, KeyRefused, SecretKeyError
from service.settings import Settings

WALKS, STEPS = 20, 20
DIGESTING = (Purpose.CODE, Purpose.AUDIT)


def names(keys: StoreKeys) -> dict[Purpose, list[str]]:
    return {purpose: [key.name for key in keys.of(purpose)] for purpose in Purpose}


class World:
    """What was written with each key, as an oracle remembers it, beside a process that runs all the while."""

    def __init__(self, file: Path) -> None:
        self.operator, self.running = StoreKeys(key_file=file), StoreKeys(key_file=file)
        self.written: dict[tuple[Purpose, str], list[tuple[str, str]]] = {}

    def write(self, number: int) -> None:
        """Seal, digest and sign in the process that runs."""
        for purpose in Purpose:
            name, text = self.running.of(purpose, make=True)[0].name, f"text {number}"
            output = {
                Purpose.ADDRESS: lambda text: AddressCipher(self.running).seal(text),
                Purpose.WEBHOOK: lambda text: SecretCipher(self.running).seal(text),
                Purpose.RECEIPT: lambda text: KeyRing(self.running).sign({"id": text}, text),
            }.get(purpose, lambda text, purpose=purpose: KeyRing(self.running, purpose).newest.digest(text))(text)
            self.written.setdefault((purpose, name), []).append((text, output))

    def check(self) -> None:
        """What a key wrote is read, in either process, while the key is there, and never afterwards."""
        for keys in (self.operator, self.running):
            key_names = names(keys)
            public = {key["kid"] for key in KeyRing(keys).public_set()["keys"]}
            for purpose in Purpose:
                assert [key.state for key in keys.of(purpose)].count(KeyState.USED) == 1
                assert keys.of(purpose)[0].state is KeyState.USED
            for (purpose, name), entries in self.written.items():
                for text, output in entries:
                    assert self.reads(keys, purpose, text, output, public, name) is (name in key_names[purpose])

    @staticmethod
    def reads(keys: StoreKeys, purpose: Purpose, text: str, output: str, public: set[str], name: str) -> bool:
        if purpose is Purpose.RECEIPT:
            return name in public
        if purpose in DIGESTING:
            return output in [key.digest(text) for key in KeyRing(keys, purpose).keys]
        cipher = AddressCipher(keys) if purpose is Purpose.ADDRESS else SecretCipher(keys)
        try:
            return cipher.open(output) == text
        except (AddressKeyError, SecretKeyError):
            return False


@pytest.mark.parametrize("begun", ["anew", "with one key"])
def test_whatever_is_done_with_keys(tmp_path: Path, begun: str) -> None:
    """Made, used and removed in any order: the others are as before, and a process that runs follows each change."""
    for walk in range(draws(WALKS)):
        random, file = fresh_random(walk), tmp_path / f"{walk}.key"
        if begun == "with one key":
            file.write_bytes(Fernet.generate_key())
            file.chmod(0o600)
        world = World(file)
        world.write(-1)
        for step in range(STEPS):
            purpose, before = random.choice(list(Purpose)), names(world.running)
            act, gone = random.choice(["make", "rotate", "rotate", "remove"]), random.choice(before[purpose])
            try:
                changed = (
                    world.operator.remove(purpose, gone) if act == "remove" else getattr(world.operator, act)(purpose)
                )
            except KeyRefused:
                assert names(world.running) == before
            else:
                expected = {*before[purpose]} - {gone} if act == "remove" else {*before[purpose], changed.name}
                after = names(world.running)
                assert {*after[purpose]} == expected
                assert {**after, purpose: []} == {**before, purpose: []}
                assert act != "rotate" or after[purpose][0] == changed.name
            world.write(step)
            world.check()
        assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_file_of_one_key_reads_as_before(tmp_path: Path) -> None:
    """All that followed from the key of addresses stands by itself once one key is replaced: no name changes."""
    file = tmp_path / "router.key"
    file.write_bytes(Fernet.generate_key())
    file.chmod(0o600)
    before = names(StoreKeys(key_file=file))

    new = StoreKeys(key_file=file).rotate(Purpose.ADDRESS)

    assert names(StoreKeys(key_file=file)) == {**before, Purpose.ADDRESS: [new.name, *before[Purpose.ADDRESS]]}


def test_a_key_that_waits_is_read_and_not_used(tmp_path: Path) -> None:
    """Another machine, whose file is a copy from before the use, reads what is written with it."""
    file, elsewhere = tmp_path / "router.key", tmp_path / "elsewhere.key"
    keys = StoreKeys(key_file=file)
    keys.of(Purpose.ADDRESS, make=True)
    waiting = keys.make(Purpose.ADDRESS)
    assert keys.of(Purpose.ADDRESS)[0] != waiting
    elsewhere.write_bytes(file.read_bytes())
    elsewhere.chmod(0o600)

    used = keys.rotate(Purpose.ADDRESS)

    assert used.name == waiting.name
    assert AddressCipher(StoreKeys(key_file=elsewhere)).open(AddressCipher(keys).seal("3 Sedge Way")) == "3 Sedge Way"


def test_settings_give_lists_of_keys() -> None:
    """The first is used, the others read; `derived` keeps what followed from the key of addresses."""
    first, second = (Fernet.generate_key().decode() for _ in range(2))
    alone = build_keys(Settings(database="sqlite://", address_key=SecretStr(first)))
    pair = build_keys(
        Settings(
            database="sqlite://",
            address_key=SecretStr(f"{second}, {first}"),
            audit_keys=SecretStr("a" * 32 + ",derived"),
            webhook_key=SecretStr(f"{second},derived"),
        )
    )
    sealed, secret = AddressCipher(alone).seal("here"), SecretCipher(alone).seal("this")

    assert (AddressCipher(pair).open(sealed), SecretCipher(pair).open(secret)) == ("here", "this")
    assert set(names(alone)[Purpose.AUDIT]) < set(names(pair)[Purpose.AUDIT])
    assert names(pair)[Purpose.CODE][1:] == names(alone)[Purpose.CODE]
    with pytest.raises(AddressKeyError):
        AddressCipher(alone).open(AddressCipher(pair).seal("here"))
    with pytest.raises(KeyRefused, match="REFERRAL_ROUTER_AUDIT_KEYS"):
        pair.rotate(Purpose.AUDIT)


@pytest.mark.parametrize(
    "line", ["canary", "address used - - canary", "pony used - - " + "k" * 44, "address used yesterday - " + "k" * 44]
)
def test_a_file_that_is_no_key_file_is_told_without_its_words(tmp_path: Path, line: str) -> None:
    """Nothing is sealed, and nothing is put in its place."""
    file = tmp_path / "router.key"
    file.write_text(line)
    file.chmod(0o600)

    with pytest.raises(AddressKeyError) as refusal:
        AddressCipher(StoreKeys(key_file=file)).seal("here")

    assert not any(word in str(refusal.value) for word in ("canary", "pony", "yesterday"))
    assert file.read_text() == line


def test_a_file_that_goes_leaves_a_running_process_its_keys(tmp_path: Path) -> None:
    """It answers on, and makes no other file; a process that begins has none."""
    file = tmp_path / "router.key"
    cipher = AddressCipher(StoreKeys(key_file=file))
    sealed = cipher.seal("here")
    file.unlink()

    assert cipher.open(sealed) == cipher.open(cipher.seal("here")) == "here"
    assert not file.exists()
    assert StoreKeys(key_file=file).of(Purpose.ADDRESS) == ()


def test_a_file_that_was_cut_short_adds_no_key(tmp_path: Path) -> None:
    """While a copy is on its way: a running process goes on with the keys it has, one that begins has no other ones."""
    file = tmp_path / "router.key"
    keys = StoreKeys(key_file=file)
    for purpose in Purpose:
        keys.rotate(purpose)
    running = StoreKeys(key_file=file)
    whole, names_before = file.read_bytes(), names(running)
    sealed = AddressCipher(running).seal("here")
    for length in range(len(whole)):
        file.write_bytes(whole[:length])
        assert AddressCipher(running).open(sealed) == "here"
        assert all(names(running).values())
        try:
            begun = names(StoreKeys(key_file=file))
        except AddressKeyError:
            continue
        assert all({*begun[purpose]} <= {*names_before[purpose]} for purpose in Purpose), length


def test_the_file_has_a_bound(tmp_path: Path) -> None:
    """It is told before the file is longer than what is read of it."""
    keys = StoreKeys(key_file=tmp_path / "router.key")
    keys.of(Purpose.CODE, make=True)
    for _ in range(MOST_KEYS - len(Purpose)):
        keys.rotate(Purpose.CODE)
    with pytest.raises(KeyRefused, match=f"{MOST_KEYS} keys"):
        keys.rotate(Purpose.CODE)

    assert sum(map(len, names(keys).values())) == MOST_KEYS
