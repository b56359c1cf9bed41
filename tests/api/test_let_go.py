"""An application that is done goes, with its directory: a process may have many, one after another."""

from __future__ import annotations

import gc
import weakref
from pathlib import Path

from api_builders import demo_settings, serving

from service.app import create_app


def test_an_application_that_is_done_is_let_go(tmp_path: Path) -> None:
    settings = demo_settings(tmp_path)
    application = create_app(settings)
    with serving(application) as client:
        assert client.get("/docs").status_code == client.get("/hsds/services").status_code == 200
        done = [weakref.ref(application)]
        done.append(weakref.ref(application.state.wiring.snapshots.state.directory))

    del application
    gc.collect()

    assert [kept() for kept in done if kept() is not None] == []
