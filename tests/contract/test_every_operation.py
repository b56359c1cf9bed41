"""Schemathesis over every operation: whatever the description allows or forbids, the server does as it says.

SCHEMATHESIS_N asks for more cases than the suite's own (2,000 over all operations), drawn at random.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import schemathesis
from api_builders import EVERY_SCOPE, Api, demo_settings, running
from hypothesis import HealthCheck, given, settings
from length import draws
from schemathesis.checks import CHECKS, load_all_checks
from schemathesis.generation import GenerationMode

from service.app import description_bytes

ASKED = int(os.environ.get("SCHEMATHESIS_N", "0"))
AT_LEAST = ASKED or draws(2_000)
# A body may be written as described and still name what is not in the directory: that is a 422 by design.
LEFT_OUT = ("positive_data_acceptance",)

load_all_checks()
DESCRIBED = [
    operation.ok() for operation in schemathesis.openapi.from_dict(json.loads(description_bytes())).get_all_operations()
]
WITH_INPUT = [
    row
    for row in DESCRIBED
    if row.body or row.query or row.path_parameters or {header.name for header in row.headers} - {"Accept-Language"}
]
"""Any text is a language to prefer: it cannot be given otherwise than described."""
EACH = -(-AT_LEAST // (2 * len(WITH_INPUT)))
"""Cases for each operation and mode."""


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    settings_ = demo_settings(tmp_path_factory.mktemp("contract"), rate_limit="1000000/minute")
    with running(settings_) as app:
        yield app


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=["as described", "otherwise"])
@pytest.mark.parametrize("operation", DESCRIBED, ids=lambda operation: operation.label)
def test_the_server_does_as_described(
    api: Api, operation: Any, mode: GenerationMode, count_cases: Callable[[int], None]
) -> None:
    """No answer is a 500; each has a documented status, type and shape; bad input is refused; a token is needed."""
    if mode is GenerationMode.NEGATIVE and operation not in WITH_INPUT:
        return  # there is nothing that could be given otherwise
    each = EACH if operation in WITH_INPUT else 1
    headers = api.bearer(*EVERY_SCOPE)
    ran = 0

    @given(case=operation.as_strategy(generation_mode=mode))
    @settings(
        max_examples=each,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    def check(case: schemathesis.Case) -> None:
        nonlocal ran
        ran += 1
        case.call_and_validate(
            base_url=str(api.client.base_url), headers=headers, excluded_checks=CHECKS.get_by_names(LEFT_OUT)
        )

    check()
    count_cases(ran)
    assert ran >= each


def test_enough_cases_are_run() -> None:
    """Each operation is tried, and all together 2,000 times or more: each test above counts its own."""
    described = json.loads(description_bytes())["paths"]

    assert {row.label for row in DESCRIBED} == {
        f"{method.upper()} {path}" for path, item in described.items() for method in item
    }
    assert 2 * EACH * len(WITH_INPUT) >= AT_LEAST
