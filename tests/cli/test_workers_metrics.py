"""`/metrics` of several processes is one answer: whichever is asked, totals are those of all, and never go back."""

from __future__ import annotations

import os
import signal
import time
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families
from test_workers import Workers, stop_in_order, wait_until_ended, workers  # noqa: F401 - a fixture

from service.web.metrics import SHARED_FOLDER

PATH = "/v1/policy/rules"
ASKED = "referral_router_requests_total", frozenset({("method", "GET"), ("route", PATH), ("status", "200")})
READY = "referral_router_ready", frozenset()
BEGUN = "referral_router_start_time_seconds", frozenset()
TIMES = 7, 4

Figures = dict[tuple[str, frozenset[tuple[str, str]]], float]


def figures(client: httpx.Client) -> Figures:
    """Return every figure of `/metrics`, by name and labels."""
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(client.get("/metrics").text)
        for sample in family.samples
    }


def test_totals_are_of_all_processes_and_outlive_each(workers: Workers) -> None:  # noqa: F811
    """Two processes are asked different numbers of times; one is killed and replaced; nothing is lost or told twice."""
    headers = workers.headers("juniper-bridge-hotline", "directory:read")
    with ExitStack() as stack:
        connected = workers.one_connection_each(stack)
        for client, times in zip(connected.values(), TIMES, strict=True):
            for _ in range(times):
                assert client.get(PATH, headers=headers).status_code == 200
        totals = [figures(client) for client in connected.values()]
        assert [total[ASKED] for total in totals] == [sum(TIMES)] * 2
        assert totals[0][READY] == totals[1][READY] == 1
        victim, survivor = connected

        os.kill(int(victim), signal.SIGKILL)
        wait_until_ended([victim])

        before, after = totals[1], figures(connected[survivor])
        counted = [key for key in before if key[0].endswith(("_total", "_count", "_bucket"))]
        assert len(counted) > 10
        assert all(after[key] >= before[key] for key in counted)
        assert (after[ASKED], after[BEGUN]) == (sum(TIMES), before[BEGUN])
    with ExitStack() as stack:
        clients = list(workers.one_connection_each(stack).values())
        for client in clients:
            assert client.get(PATH, headers=headers).status_code == 200
        assert [figures(client)[ASKED] for client in clients] == [sum(TIMES) + 2] * 2
        assert [ready(client) for client in clients] == [1, 1], "a process that has ended is not asked if it is ready"


def ready(client: httpx.Client) -> float:
    """Return the figure of readiness, once a process that has just begun has had the time to be ready."""
    for _ in range(100):
        if figures(client)[READY] == 1:
            break
        time.sleep(0.1)
    return figures(client)[READY]


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_nothing_of_the_counts_is_left_behind(workers: Workers, how: signal.Signals) -> None:  # noqa: F811
    """The folder that they count in goes with them, also where the parent could not take it along."""
    with ExitStack() as stack:
        workers.one_connection_each(stack)
    children = workers.processes()
    [folder] = {folder for child in children if (folder := counts_in(child)) is not None}
    assert any(folder.iterdir())

    if how is signal.SIGTERM:
        stop_in_order(workers, how)
    else:
        workers.parent.kill()
        wait_until_ended(children)

    assert not folder.exists()


def counts_in(process: str) -> Path | None:
    variables = Path(f"/proc/{process}/environ").read_bytes().decode().split("\0")
    folders = [line.partition("=")[2] for line in variables if line.startswith(f"{SHARED_FOLDER}=")]
    return Path(folders[0]) if folders else None
