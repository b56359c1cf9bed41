"""A server's collector does not go through the whole directory every few answers, in one process or in several."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from api_builders import free_port
from test_serving import stop, wait_for

from service.server import COLLECTIONS

PROJECT = Path(__file__).parents[2]
PROGRAM = """
import gc, json, sys
from service.server import serve_app

async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        while True:
            kind = (await receive())["type"]
            await send({"type": kind + ".complete"})
            if kind == "lifespan.shutdown":
                return
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": json.dumps(gc.get_threshold()).encode()})

def build():
    return app

if __name__ == "__main__":
    serve_app(build, host="127.0.0.1", port=int(sys.argv[1]), workers=int(sys.argv[2]))
"""


@pytest.mark.parametrize("workers", [1, 2])
def test_each_process_of_a_server_collects_seldom(workers: int, tmp_path: Path) -> None:
    program, port = tmp_path / "program.py", free_port()
    program.write_text(PROGRAM)
    environ = {**os.environ, "PYTHONPATH": str(PROJECT)}
    command = [sys.executable, str(program), str(port), str(workers)]
    process = subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    try:
        assert tuple(wait_for(f"http://127.0.0.1:{port}/", process).json()) == COLLECTIONS
    finally:
        assert stop(process) == 0
