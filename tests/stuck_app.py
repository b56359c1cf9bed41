"""An application with work that nobody can interrupt, served by `python -m stuck_app PORT WORKERS`."""

from __future__ import annotations

import sys
import time

from anyio import to_thread
from fastapi import FastAPI, Response

from service.server import serve_app

LONG_S = 60


def build() -> FastAPI:
    """Return the application: `/` answers at once, `/stuck` after a minute, from a thread without checkpoints."""
    app = FastAPI(openapi_url=None)

    @app.get("/")
    async def here() -> Response:
        return Response("here")

    @app.get("/stuck")
    async def stuck() -> Response:
        await to_thread.run_sync(time.sleep, LONG_S)
        return Response("done")

    return app


if __name__ == "__main__":
    serve_app(build, host="127.0.0.1", port=int(sys.argv[1]), workers=int(sys.argv[2]))
