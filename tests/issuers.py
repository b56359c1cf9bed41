"""A little OpenID Connect issuer on a port of this machine: strict as a real one, and wrong where a test wants it."""

from __future__ import annotations

import base64
import hashlib
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit
from uuid import uuid4

from token_builders import Signer, b64, rsa_signer

DISCOVERY = "/.well-known/openid-configuration"
CLIENT, SECRET = "router-pages", "a secret of the client's"


@dataclass
class LittleIssuer:
    """What it knows. `claims` replaces claims of each ID token (`...` leaves one out); `signer` signs them.

    `published`: the key that it names at present. `says` replaces parts of its metadata (`...` leaves one out).
    `hangs`: until when it answers nothing at all. `fails`: paths answered with an error; `asked`: those asked for.
    `drips`: bytes of a header without an end, in place of an answer. `padding`: blanks after each document.
    """

    url: str = ""
    claims: dict[str, Any] = field(default_factory=dict)
    signer: Signer = field(default_factory=rsa_signer)
    published: Signer = field(default_factory=rsa_signer)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    queries: list[dict[str, str]] = field(default_factory=list)
    is_away: bool = False
    forgets_codes: bool = True
    says: dict[str, Any] = field(default_factory=dict)
    hangs: Event | None = None
    fails: tuple[str, ...] = ()
    asked: list[str] = field(default_factory=list)
    drips: bool = False
    content_type: str = "application/json"
    padding: int = 0

    def metadata(self) -> dict[str, Any]:
        usual = {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "jwks_uri": f"{self.url}/keys",
        }
        return {name: value for name, value in {**usual, **self.says}.items() if value is not ...}

    def authorize(self, request: dict[str, str]) -> str:
        """Sign somebody in at once, and return where the browser is sent back to."""
        self.queries.append(request)
        assert request["client_id"] == CLIENT
        assert (request["response_type"], request["code_challenge_method"]) == ("code", "S256")
        assert "openid" in request["scope"].split()
        code = uuid4().hex
        self.codes[code] = request
        back = {"code": code, "state": request["state"], "iss": self.url}
        return f"{request['redirect_uri']}?{urlencode(back)}"

    def redeem(self, form: dict[str, str], authorization: str) -> dict[str, Any] | None:
        """Return the answer for a code, None where something is wrong."""
        expected = base64.b64encode(f"{CLIENT}:{SECRET.replace(' ', '%20').replace(chr(39), '%27')}".encode()).decode()
        request = self.codes.get(form.get("code", ""))
        if authorization != f"Basic {expected}" or request is None:
            return None
        if self.forgets_codes:
            del self.codes[form["code"]]
        challenge = b64(hashlib.sha256(form["code_verifier"].encode()).digest())
        if challenge != request["code_challenge"] or form["redirect_uri"] != request["redirect_uri"]:
            return None
        now = int(time.time())
        usual = {
            "iss": self.url, "aud": CLIENT, "sub": "person-7", "iat": now, "exp": now + 300, "nonce": request["nonce"],
            "organization": "bluestem-haven", "scope": "route consent",
        }  # fmt: skip
        claims = {name: value for name, value in {**usual, **self.claims}.items() if value is not ...}
        return {"access_token": "unused", "token_type": "Bearer", "id_token": self.signer.token(claims)}


@contextmanager
def little_issuer() -> Iterator[LittleIssuer]:
    """Run an issuer for a `with` block."""
    issuer = LittleIssuer()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            issuer.asked.append(parts.path)
            if issuer.hangs is not None:
                issuer.hangs.wait(60)
            if issuer.drips:
                self._drip()
            elif issuer.is_away or parts.path in issuer.fails:
                self._answer(503, {})
            elif parts.path == "/authorize":
                self.send_response(302)
                self.send_header("Location", issuer.authorize(dict(parse_qsl(parts.query))))
                self.end_headers()
            elif parts.path == "/keys" or parts.path == "/other-keys":
                self._answer(200, {"keys": [issuer.published.jwk()]})
            else:
                assert parts.path == DISCOVERY
                self._answer(200, issuer.metadata())

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            answer = issuer.redeem(dict(parse_qsl(body)), self.headers.get("Authorization", ""))
            self._answer(*((400, {"error": "invalid_grant"}) if answer is None else (200, answer)))

        def _answer(self, status: int, document: dict[str, Any]) -> None:
            body = json.dumps(document).encode() + b" " * issuer.padding
            self.send_response(status)
            self.send_header("Content-Type", issuer.content_type)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            with suppress(OSError):  # who asked has heard enough
                self.wfile.write(body)

        def _drip(self) -> None:
            with suppress(OSError):
                self.wfile.write(b"HTTP/1.1 200 OK\r\nX-Filler: ")
                while issuer.drips:
                    self.wfile.write(b"x")
                    time.sleep(0.05)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        issuer.url = f"http://127.0.0.1:{server.server_port}"
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield issuer
        finally:
            server.shutdown()
            thread.join()
