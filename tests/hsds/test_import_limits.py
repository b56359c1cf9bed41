"""The limits of an import: time and memory are refused in words, at once or at the latest before a commit."""

from __future__ import annotations

import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest
from hsds.hsds_builders import everything, organization, put_in
from sqlalchemy import Engine

from service.database.unit_of_work import UnitOfWork
from service.directory.hsds import ImportRefused
from service.directory.hsds.reading.spool import Spool
from service.directory.use_cases.import_hsds import import_hsds
from service.directory.use_cases.import_limits import ImportLimits

SOON = 0.001  # minutes
ENDLESS = "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT count(*) FROM c"


def work_on() -> None:
    while True:
        pass


def work_unheard() -> None:
    with suppress(ImportRefused):
        work_on()


def test_time_is_refused_by_name() -> None:
    """The message names the file, the limit and its option; the timer is as it was afterwards."""
    with (
        pytest.raises(ImportRefused, match=r"^a\.zip: .* 0\.001 minutes .*--most-minutes"),
        ImportLimits("a.zip", minutes=SOON),
    ):
        work_on()

    assert signal.getitimer(signal.ITIMER_PROF) == (0.0, 0.0)
    assert signal.getsignal(signal.SIGPROF) == signal.SIG_DFL


def test_a_refusal_that_is_caught_comes_again() -> None:
    """What a library swallows is told at the end of the block, and by `lift` before a commit."""
    with pytest.raises(ImportRefused, match="minutes"), ImportLimits("a.zip", minutes=SOON):
        work_unheard()

    limits = ImportLimits("a.zip", minutes=SOON).__enter__()
    work_unheard()
    with pytest.raises(ImportRefused, match="minutes"):
        limits.lift()


def test_a_long_statement_of_the_spool_ends() -> None:
    """A statement of the temporary database is stopped on its way: our own code runs within it now and then."""
    with pytest.raises(ImportRefused, match="minutes"), ImportLimits("a.zip", minutes=SOON), Spool() as spool:
        spool._database.execute(ENDLESS).fetchone()


def test_a_limit_rolls_back(unit_of_work: UnitOfWork, engine: Engine, tmp_path: Path) -> None:
    """An import that is refused while it stores leaves nothing."""

    def wait(stage: str, *_: object) -> None:
        if stage == "stored":
            work_on()

    with pytest.raises(ImportRefused, match="directory: nothing was stored"):
        import_hsds(
            unit_of_work,
            put_in(tmp_path, organization()),
            progress=wait,
            limits=ImportLimits("directory", minutes=0.02),
        )

    assert not any(everything(engine).values())


@pytest.mark.parametrize("step", [1, 500])
def test_memory_is_refused(step: int) -> None:
    """Much in many steps, and in few: long before all of it is taken, or at the end of a call that took it."""
    program = (
        "from service.directory.use_cases.import_limits import ImportLimits\n"
        f"with ImportLimits('a.zip', memory_mb=128):\n    [b'x' * ({step} * 1024**2) for _ in range(500 // {step})]\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)

    assert "ImportRefused: a.zip: nothing was stored: it takes more than 128 MiB of memory" in done.stderr


def test_a_refusal_where_nothing_can_be_raised_comes_again(capfd: pytest.CaptureFixture[str]) -> None:
    """At the end of an object it is no error for Python, and no line on standard error; it is raised soon after."""

    class Endless:
        def __del__(self) -> None:
            work_on()

    def work_twice() -> None:
        Endless()
        work_on()

    with pytest.raises(ImportRefused, match="minutes"), ImportLimits("a.zip", minutes=SOON):
        work_twice()

    assert capfd.readouterr().err == ""


def test_without_limits_there_is_no_timer() -> None:
    """A caller that sets none runs as before."""
    with ImportLimits("a.zip"):
        assert signal.getitimer(signal.ITIMER_PROF) == (0.0, 0.0)
