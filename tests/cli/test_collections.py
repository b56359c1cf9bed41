"""A server's collector does not go through the whole directory every few answers, in one process or in several."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
from pathlib import Path

import pytest
from api_builders import ADDRESS_KEY, demo_settings, free_port, serving
from test_serving import stop, wait_for

from service.app import create_app
from service.garbage_collection import COLLECTIONS

PROJECT = Path(__file__).parents[2]
PROGRAM = """
import gc, json, sys
from service.app import create_app_from_environment
from service.server import serve_app

def build():
    answer = create_app_from_environment()

    async def app(scope, receive, send):
        if scope["type"] == "lifespan":
            await answer(scope, receive, send)
        else:
            await send({"type": "http.response.start", "status": 200, "headers": []})
            body = json.dumps([gc.get_threshold(), gc.get_freeze_count(), len(gc.get_objects())])
            await send({"type": "http.response.body", "body": body.encode()})

    return app

if __name__ == "__main__":
    serve_app(build, host="127.0.0.1", port=int(sys.argv[1]), workers=int(sys.argv[2]))
"""


@pytest.mark.parametrize("workers", [1, 2])
def test_each_process_of_a_server_collects_seldom_and_never_its_directory(workers: int, tmp_path: Path) -> None:
    """What was there once it began to answer is most of what there is: modules, and the directory of the demo."""
    program, port = tmp_path / "program.py", free_port()
    program.write_text(PROGRAM)
    settings = demo_settings(tmp_path)
    ours = {"DATABASE": settings.database, "ADDRESS_KEY": ADDRESS_KEY.get_secret_value()}
    environ = os.environ | {f"REFERRAL_ROUTER_{name}": value for name, value in ours.items()}
    environ["PYTHONPATH"] = str(PROJECT)
    command = [sys.executable, str(program), str(port), str(workers)]
    process = subprocess.Popen(command, env=environ, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    try:
        thresholds, frozen, looked_at = wait_for(f"http://127.0.0.1:{port}/", process).json()
        assert tuple(thresholds) == COLLECTIONS
        assert frozen > looked_at
    finally:
        assert stop(process) == 0


def test_a_server_that_has_ended_leaves_the_collector_as_it_was(tmp_path: Path) -> None:
    before = gc.get_threshold(), gc.get_freeze_count()
    with serving(create_app(demo_settings(tmp_path))):
        assert gc.get_threshold() == COLLECTIONS
    assert (gc.get_threshold(), gc.get_freeze_count()) == before
