"""A receiver of webhooks: checks each delivery, keeps those it has not had, says so at once, and works afterwards.

    SECRET=whsec_… python receiver.py 8080

What is kept outlasts a crash: a delivery that was answered is worked on, once by its `webhook-id`, however often it
came.
"""

from __future__ import annotations

import json
import os
import sqlite3
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread

from standardwebhooks import Webhook, WebhookVerificationError

MOST_BYTES = 65_536
FILE = os.environ.get("INBOX", "inbox.db")
arrived = Event()


def open_inbox() -> sqlite3.Connection:
    inbox = sqlite3.connect(FILE, isolation_level=None, timeout=30)
    inbox.execute("PRAGMA journal_mode=WAL")
    inbox.execute("CREATE TABLE IF NOT EXISTS delivery (id TEXT PRIMARY KEY, event TEXT, done INTEGER DEFAULT 0)")
    return inbox


class Receiver(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = self.rfile.read(min(int(self.headers.get("content-length", 0)), MOST_BYTES))
        try:
            Webhook(os.environ["SECRET"]).verify(body, dict(self.headers))  # who sent it, and within five minutes
        except WebhookVerificationError:
            self.answer(401)
            return
        with open_inbox() as inbox:  # kept before it is answered: what is answered is not sent again
            inbox.execute(
                "INSERT OR IGNORE INTO delivery (id, event) VALUES (?, ?)", (self.headers["webhook-id"], body)
            )
        self.answer(204)
        arrived.set()

    def answer(self, status: int) -> None:
        self.send_response(status)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Write nothing down: an address may hold what is nobody's business."""


def work(event: dict) -> None:
    """What is to be done. It may be done again after a crash, so it has to end in the same."""
    print(event["type"], event["data"]["href"], flush=True)


def work_on() -> None:
    inbox = open_inbox()
    while True:
        arrived.clear()
        for name, event in inbox.execute("SELECT id, event FROM delivery WHERE NOT done").fetchall():
            work(json.loads(event))
            inbox.execute("UPDATE delivery SET done = 1 WHERE id = ?", (name,))
        arrived.wait()


if __name__ == "__main__":
    Thread(target=work_on, daemon=True).start()
    ThreadingHTTPServer(("", int(sys.argv[1])), Receiver).serve_forever()
