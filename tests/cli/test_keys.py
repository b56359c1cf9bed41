"""`keys` from a terminal: the runbook gone through on both databases, and no key ever printed."""

from __future__ import annotations

import re
import shlex
import time
from contextlib import suppress
from pathlib import Path

import httpx
import pytest
from api_builders import free_port
from command_line import CommandLine, start

from service import demo
from service.database.key_lines import Purpose, new_keys, text_of
from service.private_files import make_private_file

RUNBOOK = (Path(__file__).parents[2] / "service" / "deploy" / "README.md").read_text(encoding="utf-8")
STEPS, STEPS_WITHOUT = (
    re.findall(r"^referral-router (.*?)(?: {2,}#.*)?$", block.split("```")[0], re.MULTILINE)
    for block in RUNBOOK.split("## Keys")[1].split("\n## ")[0].split("```sh")[1:]
)
HERE = ["--database", "sqlite:///here.db"]


def secrets(file: Path) -> list[str]:
    return [line.split()[-1] for line in file.read_text().splitlines()]


def test_the_runbook_is_gone_through(
    router: CommandLine, database_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Each of its lines as it stands; nothing is lost, what is stored is as before, and no line holds a key."""
    file = tmp_path / "store.key"
    settings = {"DATABASE": database_url, "ADDRESS_KEY_FILE": str(file), "TOKEN_KEY_FILE": str(tmp_path / "token.key")}
    for name, value in settings.items():
        monkeypatch.setenv(f"REFERRAL_ROUTER_{name}", value)
    bundle = router.write("coalition.yaml", demo.coalition_bytes())
    assert router.run("load", bundle).status == 0
    assert router.run("token", "--organization", "juniper-bridge-hotline").status == 0
    first_secrets, outputs = secrets(file), []
    for step in STEPS:
        outcome = router.run(*shlex.split(step))
        assert outcome.status == 0, (step, outcome.err)
        outputs.append(outcome.out)
    for purpose in ("webhook", "code", "receipt", "audit"):
        assert router.run("keys", "rotate", purpose).status == 0
    table = router.run("keys", "list").out
    outputs.append(table)

    assert len(STEPS) == 8
    assert "No change" in router.run("load", bundle).out
    assert not any(secret in text for secret in {*first_secrets, *secrets(file)} for text in outputs)
    rows = [line.split() for line in table.splitlines()[1:]]
    assert [row[0] for row in rows if row[2] == "used"] == [*Purpose, "token"]
    assert [row[0] for row in rows if row[2] == "old"] == [*Purpose, "token"]
    assert [row[-1] for row in rows if row[:3:2] == ["address", "old"]] == ["0"]
    assert {len(row[3]) for row in rows} == {len("2026-01-01")}


def test_the_runbook_without_keys_is_gone_through(
    router: CommandLine, database_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """With the file gone, swapped and back nothing starts but with the right one; else once each loss is noted."""
    file, kept = tmp_path / "store.key", tmp_path / "kept.key"
    settings = {"DATABASE": database_url, "ADDRESS_KEY_FILE": str(file), "TOKEN_KEY_FILE": str(tmp_path / "token.key")}
    for name, value in settings.items():
        monkeypatch.setenv(f"REFERRAL_ROUTER_{name}", value)
    bundle = router.write("coalition.yaml", demo.coalition_bytes())
    assert router.run("load", bundle).status == 0

    def refused() -> bool:
        outcomes = [router.run(command) for command in ("serve", "deliver")]
        assert all("keys lost PURPOSE" in outcome.err for outcome in outcomes), outcomes
        return [outcome.status for outcome in outcomes] == [1, 1]

    file.rename(kept)
    assert refused()
    assert not file.exists()
    assert router.run("load", bundle).status == 1
    make_private_file(file, text_of(new_keys()))
    assert refused()
    kept.replace(file)
    assert "No change" in router.run("load", bundle).out
    assert serves(tmp_path, settings)
    file.unlink()
    for step in STEPS_WITHOUT:
        assert step == "audit anchor" or refused(), step
        outcome = router.run(*shlex.split(step))
        assert outcome.status == 0, (step, outcome.err)
    assert len(STEPS_WITHOUT) == 7
    assert serves(tmp_path, settings)
    assert router.run("load", bundle).status == 0


def serves(folder: Path, settings: dict[str, str]) -> bool:
    """Start the program as it is shipped, and say whether it gets ready."""
    port, ends = free_port(), time.monotonic() + 120
    with start(folder, "serve", "--port", str(port), **settings) as program:
        try:
            while time.monotonic() < ends and program.poll() is None:
                with suppress(httpx.TransportError):
                    answer = httpx.get(f"http://127.0.0.1:{port}/health/ready", trust_env=False, timeout=60)
                    return answer.status_code == 200
                time.sleep(0.1)
        finally:
            program.terminate()
            program.communicate()
    return False


def test_what_is_refused_is_a_sentence(router: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    """A key in use, a strange name, a key that settings give, a purpose that there is not."""
    bundle = router.write("coalition.yaml", demo.coalition_bytes())
    assert router.run("load", bundle, *HERE).status == 0
    used = router.run("keys", "list", *HERE).out.splitlines()[1].split()[1]

    refused = [
        router.run("keys", "remove", "address", used, *HERE),
        router.run("keys", "remove", "address", "canary", *HERE),
        router.run("keys", "make", "token", *HERE),
    ]
    wrong = router.run("keys", "rotate", "canary", *HERE)
    router.run("keys", "make", "audit", *HERE)
    refused.append(router.run("keys", "make", "audit", *HERE))
    monkeypatch.setenv("REFERRAL_ROUTER_CODE_KEYS", "canary" * 8)
    refused.append(router.run("keys", "rotate", "receipt", *HERE))

    assert [outcome.status for outcome in refused] == [1] * 5
    assert wrong.status == 2
    sentences = ["in use", "no key of that name", "keys rotate token", "waits for its use", "REFERRAL_ROUTER_CODE_KEYS"]
    assert all(words in outcome.err for words, outcome in zip(sentences, refused, strict=True)), refused
    assert not any("canary" in outcome.err + outcome.out for outcome in refused)


def test_a_key_that_is_needed_stays(router: CommandLine) -> None:
    """Its removal is refused until what it sealed is sealed anew, and for an hour; `--now` removes it all the same."""
    bundle = router.write("coalition.yaml", demo.coalition_bytes())
    assert router.run("load", bundle, *HERE).status == 0
    assert router.run("keys", "rotate", "address", *HERE).status == 0
    old = router.run("keys", "list", *HERE).out.splitlines()[2].split()[1]

    needed = router.run("keys", "remove", "address", old, *HERE)
    assert router.run("keys", "rewrite", *HERE).status == 0
    fresh = router.run("keys", "remove", "address", old, *HERE)
    gone = router.run("keys", "remove", "address", old, "--now", *HERE)

    assert ("4 things still need" in needed.err, "less than an hour" in fresh.err) == (True, True)
    assert gone.status == 0
    assert "No change" in router.run("load", bundle, *HERE).out
