"""Keys from a real issuer: a server of its own behind TLS, with a certificate that a test authority signed."""

from __future__ import annotations

import json
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest
from api_builders import demo_settings, running
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from token_builders import AUDIENCE, ISSUER, NOW, Signer, ec_signer, good_claims, rsa_signer

from service.security import InvalidToken, Refusal, Verifier
from service.security.jwks import REFETCH_AFTER_S, STALE_AFTER_S, JwksKeys

FIRST, SECOND, THIRD = ec_signer("issuer-1"), rsa_signer("issuer-2"), ec_signer("issuer-3")


class Authority:
    """Signs certificates for this machine, or for names that are not its own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test authority")])
        self.file = folder / "authority.pem"
        self.file.write_bytes(self._signed(self._name, self._key.public_key(), None))

    def context_for(self, host: str) -> ssl.SSLContext:
        """Return what a server needs to pass for `host`."""
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
        file = self._folder / f"{host}.pem"
        pem = serialization.Encoding.PEM
        private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        file.write_bytes(private + self._signed(name, key.public_key(), host))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(file)
        return context

    def _signed(self, name: x509.Name, public: ec.EllipticCurvePublicKey, host: str | None) -> bytes:
        now = datetime.now(UTC)
        builder = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(self._name)
            .public_key(public)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=1))
            .add_extension(x509.BasicConstraints(ca=host is None, path_length=None), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()), critical=False)
        )
        if host is None:
            usage = dict.fromkeys(
                ("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement"),
                False,
            )
            rest = {"key_cert_sign": True, "crl_sign": True, "encipher_only": False, "decipher_only": False}
            builder = builder.add_extension(x509.KeyUsage(**usage, **rest), critical=True)
        else:
            names: list[x509.GeneralName] = [x509.DNSName(host)]
            if host == "localhost":
                names.append(x509.IPAddress(ip_address("127.0.0.1")))
            builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
        return builder.sign(self._key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


@dataclass
class Issuer:
    """A server that publishes keys, counts who asks, and can be made to hang, fail, or go away."""

    context: ssl.SSLContext
    published: list[Any] = field(default_factory=list)
    requests: int = 0
    status: int = 200
    hangs: Event | None = None
    port: int = 0

    @property
    def url(self) -> str:
        return f"https://127.0.0.1:{self.port}/keys"

    def publish(self, *signers: Signer) -> None:
        self.published = [signer.jwk() for signer in signers]

    @contextmanager
    def up(self) -> Iterator[None]:
        """Serve for a `with` block; on the same port as before, if there was one."""
        issuer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                issuer.requests += 1
                if issuer.hangs is not None:
                    issuer.hangs.wait(20)
                body = json.dumps({"keys": issuer.published}).encode()
                self.send_response(issuer.status)
                self.send_header("Content-Type", "application/jwk-set+json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None: ...

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def finish_request(self, request: Any, client_address: Any) -> None:
                with issuer.context.wrap_socket(request, server_side=True) as secure:
                    super().finish_request(secure, client_address)

            def handle_error(self, *_: object) -> None: ...

        with Server(("127.0.0.1", self.port), Handler) as server:
            self.port = server.server_address[1]
            thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
            thread.start()
            try:
                yield
            finally:
                server.shutdown()
                thread.join()


@dataclass
class Clock:
    seconds: float = 1000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def trusted(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> Authority:
    """The machine trusts the test authority, as an operator would make it trust their own."""
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
    monkeypatch.setenv("NO_PROXY", "*")
    return authority


@pytest.fixture
def issuer(authority: Authority) -> Issuer:
    return Issuer(authority.context_for("localhost"))


def checked(verifier: Verifier, signer: Signer) -> Refusal | None:
    """Return why a token is refused, None where it is let in."""
    try:
        verifier.verify(signer.token())
    except InvalidToken as refused:
        return refused.refusal
    return None


def verifier_of(issuer: Issuer, clock: Clock) -> Verifier:
    keys = JwksKeys(issuer.url, monotonic=clock)
    return Verifier(keys, issuer=ISSUER, audience=AUDIENCE, now=lambda: NOW)


@pytest.mark.usefixtures("trusted")
def test_a_new_key_is_fetched_over_tls_at_most_every_30_s(issuer: Issuer) -> None:
    """Both kinds of key are taken; unknown names cost one request in 30 s; a new key counts from the next one on."""
    clock = Clock()
    issuer.publish(FIRST, SECOND)
    with issuer.up():
        verifier = verifier_of(issuer, clock)
        assert [checked(verifier, signer) for signer in (FIRST, SECOND)] == [None, None]
        issuer.publish(FIRST, THIRD)
        for _ in range(30):
            assert checked(verifier, THIRD) == Refusal.UNKNOWN_KEY
            clock.seconds += (REFETCH_AFTER_S - 1) / 30
        assert issuer.requests == 1
        clock.seconds += 2

        assert checked(verifier, THIRD) is None

    assert issuer.requests == 2
    assert checked(verifier, SECOND) == Refusal.UNKNOWN_KEY  # withdrawn


@pytest.mark.usefixtures("trusted")
def test_old_keys_stay_while_the_issuer_is_away(issuer: Issuer) -> None:
    """Gone from its port, or answering with an error, it takes no key away; once it is back, its new keys count."""
    clock = Clock()
    issuer.publish(FIRST)
    with issuer.up():
        verifier = verifier_of(issuer, clock)
        assert checked(verifier, FIRST) is None

    clock.seconds += STALE_AFTER_S
    assert [checked(verifier, signer) for signer in (FIRST, SECOND, FIRST)] == [None, Refusal.UNKNOWN_KEY, None]
    issuer.status = 503
    clock.seconds += REFETCH_AFTER_S
    with issuer.up():
        assert [checked(verifier, signer) for signer in (SECOND, FIRST)] == [Refusal.UNKNOWN_KEY, None]
        issuer.status = 200
        issuer.publish(SECOND)
        clock.seconds += REFETCH_AFTER_S
        assert [checked(verifier, signer) for signer in (SECOND, FIRST)] == [None, Refusal.UNKNOWN_KEY]


@pytest.mark.usefixtures("trusted")
def test_an_issuer_that_hangs_is_given_up(issuer: Issuer, monkeypatch: pytest.MonkeyPatch) -> None:
    """A connection that is taken and never answered ends by itself, and the old keys stay."""
    monkeypatch.setattr("service.security.fetching.TIMEOUT_S", 0.3)
    clock = Clock()
    issuer.publish(FIRST)
    with issuer.up():
        verifier = verifier_of(issuer, clock)
        assert checked(verifier, FIRST) is None
        issuer.hangs = Event()
        clock.seconds += STALE_AFTER_S
        start = time.monotonic()

        assert [checked(verifier, signer) for signer in (FIRST, SECOND)] == [None, Refusal.UNKNOWN_KEY]

        assert time.monotonic() - start < 10
        issuer.hangs.set()
    assert issuer.requests == 2


def test_a_certificate_that_nobody_trusts_gives_no_keys(issuer: Issuer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever cannot show who they are is not asked: no request is made, and every token is refused."""
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    monkeypatch.setenv("NO_PROXY", "*")
    issuer.publish(FIRST)
    with issuer.up():
        assert checked(verifier_of(issuer, Clock()), FIRST) == Refusal.UNKNOWN_KEY

    assert issuer.requests == 0


def test_a_certificate_for_another_name_gives_no_keys(trusted: Authority) -> None:
    """A trusted authority's word for somebody else does not make an issuer."""
    other = Issuer(trusted.context_for("elsewhere.example"))
    other.publish(FIRST)
    with other.up():
        assert checked(verifier_of(other, Clock()), FIRST) == Refusal.UNKNOWN_KEY

    assert other.requests == 0


@pytest.mark.usefixtures("trusted")
def test_the_application_takes_the_issuers_tokens_and_no_others(issuer: Issuer, tmp_path: Path) -> None:
    """Over HTTP, end to end: its token opens what its scopes say, one of ours or of a stranger opens nothing."""
    issuer.publish(FIRST)
    now = int(time.time())
    with issuer.up():
        local = demo_settings(tmp_path, token_issuer=ISSUER, token_audience=AUDIENCE)
        settings = local.model_copy(update={"jwks_url": issuer.url})
        claims = good_claims(iat=now, exp=now + 600, organization="juniper-bridge-hotline", scope="directory:read")
        with running(settings) as api:
            tokens = (FIRST.token(claims), ec_signer("stranger").named("issuer-1").token(claims), SECOND.token(claims))
            statuses = [
                api.client.get("/v1/policy/rules", headers={"Authorization": f"Bearer {token}"}).status_code
                for token in tokens
            ]
            scope = api.client.get("/metrics", headers={"Authorization": f"Bearer {tokens[0]}"}).status_code

    assert statuses == [200, 401, 401]
    assert scope == 403
    assert issuer.requests == 1
