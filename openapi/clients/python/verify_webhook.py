"""A test delivery of an endpoint of one's own: whether the signature says that the server sent it."""

from http.server import BaseHTTPRequestHandler, HTTPServer

from connect import answered, connect
from referral_router_client.api.webhooks import (
    create_webhook_endpoint,
    delete_webhook_endpoint,
    test_webhook_endpoint,
)
from referral_router_client.models import NewEndpoint
from standardwebhooks import Webhook

secret = ""


class Receiver(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        event = Webhook(secret).verify(body, dict(self.headers))  # raises where anybody else sent it
        self.send_response(204)
        self.end_headers()
        print("verified:", event["type"])

    def log_message(self, *_: object) -> None:
        """Write nothing down: an address may hold what is nobody's business."""


with connect() as client, HTTPServer(("127.0.0.1", 0), Receiver) as server:
    hook = NewEndpoint.from_dict({"url": f"http://127.0.0.1:{server.server_port}/", "types": ["webhook.test"]})
    endpoint = answered(create_webhook_endpoint.sync(client=client, body=hook))
    secret = endpoint.secret  # shown once, when the endpoint is made
    answered(test_webhook_endpoint.sync(id=endpoint.id, client=client))
    server.handle_request()
    delete_webhook_endpoint.sync_detailed(id=endpoint.id, client=client, if_match="*")
