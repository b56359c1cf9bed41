"""Signing people in with an OpenID Connect issuer: authorization code with PKCE (RFC 7636), state and nonce.

The browser keeps one secret; state, nonce and code verifier follow from it, so that an answer of the issuer is worth
nothing in another browser. The ID token is checked as every bearer token is.
"""

from __future__ import annotations

import hmac
import secrets
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from threading import Lock
from urllib.parse import quote

import httpx
from authlib.oauth2.client import OAuth2Client
from authlib.oidc.discovery import get_well_known_url

from service.settings import Settings
from service.words import setup

from .caller import Caller
from .errors import InvalidToken, NoIssuer, Refusal, TokenKeyError
from .fetching import TIMEOUT_S, check_url, fetch_document
from .jwks import REFETCH_AFTER_S, JwksKeys
from .verifier import Verifier

BACK = "/signin/back"
"""Where the issuer leads people back to, below `page_url`."""
SCOPE = "openid"
METHOD = "S256"
DISCOVERED_FOR_S = 600


@dataclass(frozen=True, slots=True)
class Endpoints:
    """The addresses of an issuer, and the verifier of its ID tokens."""

    authorization: str
    token: str
    verifier: Verifier


class Issuer:
    """An OpenID Connect issuer that people sign in with. Safe to share between threads; may wait for the network."""

    def __init__(
        self,
        url: str,
        client_id: str,
        client_secret: str | None,
        page_url: str,
        *,
        transport: httpx.BaseTransport | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Take the issuer's URL, our name and secret there, and our own address. Nothing is fetched yet."""
        self._url = check_url(url)
        self._id, self._secret = client_id, client_secret
        self._back = page_url.rstrip("/") + BACK
        self._transport, self._now, self._monotonic = transport, now, monotonic
        self._turn = Lock()
        self._discovery: tuple[float, Endpoints] | None = None
        self._silent_until = 0.0

    def begin(self) -> tuple[str, str]:
        """Return the URL to send a browser to, and the secret that it keeps until it comes back.

        Raises:
            NoIssuer: the issuer cannot be asked.
        """
        secret = secrets.token_urlsafe(32)
        with httpx.Client(transport=self._transport) as session:
            url, _ = self._client(session).create_authorization_url(
                self._endpoints().authorization,
                state=_derive(secret, "state"),
                nonce=_derive(secret, "nonce"),
                code_verifier=_derive(secret, "verifier"),
            )
        return url, secret

    def finish(self, secret: str, answer: Mapping[str, str]) -> Caller:
        """Return who signed in, from the secret that the browser kept and the parameters that it came back with.

        Raises:
            InvalidToken: the issuer did not sign anybody in, or not for this browser.
            NoIssuer: the issuer cannot be asked.
        """
        state, code = answer.get("state", ""), answer.get("code", "")
        if not hmac.compare_digest(state.encode("utf-8", "replace"), _derive(secret, "state").encode()):
            raise InvalidToken(Refusal.WRONG_NONCE)
        if answer.get("iss", self._url) != self._url:  # RFC 9207
            raise InvalidToken(Refusal.WRONG_ISSUER)
        if "error" in answer or not code:
            raise InvalidToken(Refusal.BAD_FORM)
        endpoints = self._endpoints()
        token = self._redeem(endpoints, code, _derive(secret, "verifier"))
        return endpoints.verifier.verify(token, nonce=_derive(secret, "nonce"))

    def trusts(self, kid: str) -> bool:
        """Say whether the issuer still names a key; before the issuer was first asked with success, no key is trusted.

        While the issuer cannot be asked, the keys that it named last stay in force.
        """
        with self._turn:
            if self._discovery is None and self._monotonic() >= self._silent_until:
                self._silent_until = self._monotonic() + REFETCH_AFTER_S  # a silent issuer holds pages up once
                with suppress(NoIssuer):
                    self._discovery = self._monotonic(), self._discover()
            discovery = self._discovery
        return discovery is not None and discovery[1].verifier.trusts(kid)

    def _redeem(self, endpoints: Endpoints, code: str, verifier: str) -> str:
        """Return the ID token that the issuer gives for a code."""
        parameters = {} if self._secret else {"client_id": self._id}
        login = httpx.BasicAuth(quote(self._id, safe=""), quote(self._secret, safe="")) if self._secret else _as_it_is
        try:
            with httpx.Client(transport=self._transport, timeout=TIMEOUT_S, follow_redirects=False) as session:
                tokens = self._client(session).fetch_token(
                    endpoints.token,
                    grant_type="authorization_code",
                    code=code,
                    code_verifier=verifier,
                    auth=login,
                    **parameters,
                )
        except httpx.HTTPError as error:
            raise NoIssuer(setup.NO_ISSUER.format(error=type(error).__name__)) from None
        except Exception:  # the issuer's own words, which may hold the code
            raise InvalidToken(Refusal.DEFECT) from None
        token = tokens.get("id_token")
        if not isinstance(token, str):
            raise InvalidToken(Refusal.BAD_FORM)
        return token

    def _client(self, session: httpx.Client) -> OAuth2Client:
        return OAuth2Client(
            session,
            client_id=self._id,
            scope=SCOPE,
            redirect_uri=self._back,
            code_challenge_method=METHOD,
        )

    def _endpoints(self) -> Endpoints:
        """Return the addresses that the issuer publishes; read anew every ten minutes."""
        with self._turn:
            if self._discovery is None or self._monotonic() - self._discovery[0] > DISCOVERED_FOR_S:
                self._discovery = self._monotonic(), self._discover()
            return self._discovery[1]

    def _discover(self) -> Endpoints:
        try:
            metadata = fetch_document(get_well_known_url(self._url, external=True), transport=self._transport)
            if not isinstance(metadata, dict) or metadata.get("issuer") != self._url:
                raise ValueError
            authorization, token, keys = (
                check_url(str(metadata[name])) for name in ("authorization_endpoint", "token_endpoint", "jwks_uri")
            )
        except (httpx.HTTPError, ValueError, KeyError, TokenKeyError) as error:
            raise NoIssuer(setup.NO_ISSUER.format(error=type(error).__name__)) from None
        source = JwksKeys(keys, transport=self._transport, monotonic=self._monotonic)
        return Endpoints(authorization, token, Verifier(source, issuer=self._url, audience=self._id, now=self._now))


def build_issuer(settings: Settings, *, transport: httpx.BaseTransport | None = None) -> Issuer | None:
    """Return the issuer that people sign in with by these settings; None: they sign in by links. Fetches nothing yet.

    Raises:
        TokenKeyError: the settings name an issuer and not what goes with it.
    """
    if settings.sign_in_issuer is None:
        return None
    if settings.sign_in_client_id is None or settings.page_url is None:
        raise TokenKeyError(setup.SIGN_IN_SETTINGS)
    secret = settings.sign_in_client_secret
    return Issuer(
        settings.sign_in_issuer,
        settings.sign_in_client_id,
        None if secret is None else secret.get_secret_value(),
        settings.page_url,
        transport=transport,
    )


def _derive(secret: str, end: str) -> str:
    """Return what follows from a browser's secret for one end: it says nothing of the secret, or of the others."""
    return hmac.digest(secret.encode("utf-8", "surrogatepass"), end.encode(), "sha256").hex()


def _as_it_is(request: httpx.Request) -> httpx.Request:
    return request
