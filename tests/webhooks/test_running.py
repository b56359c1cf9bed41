"""Who delivers: every server unless told otherwise, or a program of its own."""

from __future__ import annotations

import json
import time
from pathlib import Path

from api_builders import demo_settings, running
from receivers import receiving
from webhook_builders import eventually

from service.infrastructure.database import clock
from service.infrastructure.database.database import open_database
from service.infrastructure.outbox.heartbeat import is_beating
from service.webhooks.delivering import delivering


def test_a_server_that_is_told_not_to_leaves_it_to_another(tmp_path: Path) -> None:
    """With the setting off, what is due waits for whoever delivers; serving is noted all the same."""
    settings = demo_settings(tmp_path, webhook_networks="127.0.0.0/8", webhook_http=True, deliver=False)
    with receiving() as receiver, running(settings) as api:
        bearer = api.bearer("webhook") | {"Content-Type": "application/json"}
        body = json.dumps({"url": receiver.url}).encode()
        endpoint = api.client.post("/v1/webhook-endpoints", content=body, headers=bearer).json()
        tested = api.client.post(f"/v1/webhook-endpoints/{endpoint['id']}/test", headers=bearer).json()
        time.sleep(1.5)
        assert receiver.received == []
        with open_database(settings) as database, (work := database.unit_of_work(writes=False)):
            assert is_beating(work.session, clock.now(work.session))

        with delivering(settings):
            eventually(lambda: receiver.received)
        document = api.client.get(f"/v1/webhook-deliveries/{tested['id']}", headers=bearer).json()
        assert document["status"] == "delivered"
