"""Signing people in with an OpenID Connect issuer: authorization code with PKCE (RFC 7636), state and nonce.

The browser keeps one secret; state, nonce and code verifier follow from it, so that an answer of the issuer is worth
nothing in another browser. The ID token is checked as every bearer token is.
"""

from __future__ import annotations

import hmac
import logging
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from urllib.parse import quote

import httpx
from authlib.common.urls import add_params_to_uri
from authlib.oauth2.client import OAuth2Client
from authlib.oidc.discovery import get_well_known_url

from service.i18n import setup
from service.settings import Settings

from .caller import Caller
from .claims import SignIn
from .errors import InvalidToken, NoIssuer, Refusal, TokenKeyError
from .fetching import TIMEOUT_S, SingleFlight, check_url, fetch_document
from .jwks import WAIT_S, JwksKeys
from .verifier import Verifier

BACK = "/signin/back"
"""Where the issuer leads people back to, below `page_url`."""
SIGN_IN = "/signin"
"""Where it leads people who have signed out."""
SCOPE = "openid"
METHOD = "S256"
DISCOVERED_FOR_S, SILENT_FOR_S = 600, 30
"""How long what the issuer publishes about itself counts, and how long a failure to ask it does."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Endpoints:
    """The addresses of an issuer, and the verifier of its ID tokens. `end_session`: where it offers one."""

    authorization: str
    token: str
    end_session: str | None
    jwks_uri: str
    verifier: Verifier


class Issuer:
    """An OpenID Connect issuer that people sign in with. Safe to share between threads; may wait for the network.

    The issuer is asked in a thread apart, once for all who need it at that time. Whoever waits does so for seconds, and
    signed-in pages not at all once it was reached: what it said last stays in force while it is silent, or lies.
    """

    def __init__(
        self,
        url: str,
        client_id: str,
        client_secret: str | None,
        page_url: str,
        *,
        prompt: str | None = None,
        max_age_s: int | None = None,
        transport: httpx.BaseTransport | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Take the issuer's URL, our name and secret there, and our own address. Nothing is fetched yet.

        `prompt` and `max_age_s`: what the issuer is asked for at each sign-in (OpenID Connect Core 1.0, 3.1.2.1).
        """
        self._url = check_url(url)
        self._id, self._secret = client_id, client_secret
        self._page_url = page_url.rstrip("/")
        self._prompt, self._max_age_s = prompt, max_age_s
        self._transport, self._now, self._monotonic = transport, now, monotonic
        self._known: Endpoints | None = None
        self._asks_again_at = monotonic()
        self._flight = SingleFlight(self._discover, lambda: self._monotonic() >= self._asks_again_at)

    def begin(self) -> tuple[str, str]:
        """Return the URL to send a browser to, and the secret that it keeps until it comes back.

        Raises:
            NoIssuer: the issuer cannot be asked.
        """
        secret = secrets.token_urlsafe(32)
        asked = {"prompt": self._prompt, "max_age": self._max_age_s}
        url, _ = OAuth2Client(
            None,
            client_id=self._id,
            scope=SCOPE,
            redirect_uri=f"{self._page_url}{BACK}",
            code_challenge_method=METHOD,
        ).create_authorization_url(
            self._endpoints().authorization,
            state=_derive(secret, "state"),
            nonce=_derive(secret, "nonce"),
            code_verifier=_derive(secret, "verifier"),
            **{name: value for name, value in asked.items() if value is not None},
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
        return endpoints.verifier.verify(token, sign_in=SignIn(_derive(secret, "nonce"), self._max_age_s))

    def trusts(self, kid: str) -> bool:
        """Say whether the issuer still names a key; before the issuer was first asked with success, no key is trusted.

        While the issuer cannot be asked, the keys that it named last stay in force.
        """
        if self._known is None:
            self._flight.join(first_waits_s=TIMEOUT_S, others_wait_s=WAIT_S)
        known = self._known
        return known is not None and known.verifier.trusts(kid)

    @property
    def offers_sign_out(self) -> bool:
        """Whether the issuer has a page to sign out at, as far as is known: it is not asked for that."""
        return self._known is not None and self._known.end_session is not None

    def sign_out_url(self) -> str | None:
        """Return the URL that signs a person out at the issuer and leads back; None: it offers none.

        OpenID Connect RP-Initiated Logout 1.0. The ID token is kept nowhere, so the issuer is told for which client,
        and asks the person itself who that is.

        Raises:
            NoIssuer: the issuer cannot be asked.
        """
        url = self._endpoints().end_session
        back = [("client_id", self._id), ("post_logout_redirect_uri", f"{self._page_url}{SIGN_IN}")]
        return None if url is None else str(add_params_to_uri(url, back))

    def _redeem(self, endpoints: Endpoints, code: str, verifier: str) -> str:
        """Return the ID token that the issuer gives for a code."""
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "code_verifier": verifier,
            "redirect_uri": f"{self._page_url}{BACK}",
        }
        login = None
        if self._secret:
            login = httpx.BasicAuth(quote(self._id, safe=""), quote(self._secret, safe=""))
        else:
            form["client_id"] = self._id
        try:
            tokens = fetch_document(endpoints.token, form=form, login=login, transport=self._transport)
        except httpx.HTTPError as error:
            raise NoIssuer(setup.NO_ISSUER.format(error=type(error).__name__)) from None
        except Exception:  # the issuer's own words, which may hold the code
            raise InvalidToken(Refusal.DEFECT) from None
        token = tokens.get("id_token") if isinstance(tokens, dict) else None
        if not isinstance(token, str):
            raise InvalidToken(Refusal.BAD_FORM)
        return token

    def _endpoints(self) -> Endpoints:
        """Return the addresses that the issuer publishes, asked for anew every ten minutes; else those known last."""
        self._flight.join(first_waits_s=TIMEOUT_S, others_wait_s=TIMEOUT_S)
        if self._known is None:
            raise NoIssuer(setup.NO_ISSUER.format(error=NoIssuer.__name__))
        return self._known

    def _discover(self) -> None:
        counts_for_s = SILENT_FOR_S
        try:
            self._known, counts_for_s = self._read_metadata(), DISCOVERED_FOR_S
        except Exception as error:  # the network, the issuer, or its answer: what it said before stays
            log.warning("the sign-in issuer was not reached, or lies", extra={"error": type(error).__name__})
        finally:
            self._asks_again_at = self._monotonic() + counts_for_s

    def _read_metadata(self) -> Endpoints:
        """Return what the issuer says of itself: its keys too, at an address of its own.

        Raises:
            httpx.HTTPError, ValueError, KeyError, TokenKeyError: it cannot be asked, or is not to be believed.
        """
        metadata = fetch_document(get_well_known_url(self._url, external=True), transport=self._transport)
        if not isinstance(metadata, dict) or metadata.get("issuer") != self._url:
            raise ValueError
        authorization, token, jwks_uri = (
            check_url(str(metadata[name])) for name in ("authorization_endpoint", "token_endpoint", "jwks_uri")
        )
        if httpx.URL(jwks_uri).scheme != "https" and _origin(jwks_uri) != _origin(self._url):
            raise ValueError  # large issuers publish their keys on another host, but never without TLS
        if (end_session := metadata.get("end_session_endpoint") or None) is not None:
            check_url(str(end_session))
        known = self._known
        if known is not None and known.jwks_uri == jwks_uri:
            return replace(known, authorization=authorization, token=token, end_session=end_session)
        keys = JwksKeys(jwks_uri, transport=self._transport, monotonic=self._monotonic)
        keys.find("")  # has them fetched
        if not keys.is_fetched:
            raise ValueError
        verifier = Verifier(keys, issuer=self._url, audience=self._id, now=self._now)
        return Endpoints(authorization, token, end_session, jwks_uri, verifier)


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
        prompt=settings.sign_in_prompt,
        max_age_s=settings.sign_in_max_age,
        transport=transport,
    )


def _derive(secret: str, end: str) -> str:
    """Return what follows from a browser's secret for one end: it says nothing of the secret, or of the others."""
    return hmac.digest(secret.encode("utf-8", "surrogatepass"), end.encode(), "sha256").hex()


def _origin(url: str) -> tuple[str, str, int | None]:
    parsed = httpx.URL(url)
    return parsed.scheme, parsed.host, parsed.port
