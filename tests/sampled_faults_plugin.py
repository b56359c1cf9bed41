"""Traces which lines each test runs, for `sampled_faults.py`: the context of coverage is the test's id."""

from __future__ import annotations

import os
from collections.abc import Iterator

import coverage
import pytest

_TRACER = coverage.Coverage(config_file=os.environ["FAULTS_COVERAGE"], data_suffix=True)


def pytest_configure() -> None:
    """Begin, in each worker; processes that a test starts trace themselves by coverage's own start-up hook."""
    _TRACER.start()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """Attribute the lines that run from here on to this test, also in the processes it starts."""
    os.environ["TEST_CONTEXT"] = item.nodeid
    _TRACER.switch_context(item.nodeid)
    return (yield)


def pytest_unconfigure() -> None:
    """Store what was traced."""
    _TRACER.stop()
    _TRACER.save()
