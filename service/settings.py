"""The settings of the application: one frozen object, built once at the edge and handed down.

Each setting can be given as an environment variable with the prefix `REFERRAL_ROUTER_`.
"""

from __future__ import annotations

import json
import os
import re
from enum import StrEnum
from ipaddress import IPv4Network, IPv6Network, collapse_addresses, ip_network
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

PREFIX = "REFERRAL_ROUTER_"
Minutes = Annotated[int, Field(ge=1)]

_MAPPED = IPv6Network("::ffff:0:0/96")
_ORIGIN = re.compile(r"https?://[a-z0-9.-]{1,253}(:[0-9]{1,5})?", re.ASCII)
_LEAST_PREFIX, _OWN = {4: 8, 6: 16}, (IPv6Network("fc00::/7"), IPv6Network("fd00::/8"))
"""The widest networks of proxies: of IPv4 a /8, of IPv6 a /16, or the addresses for private use whole."""
_HOST = re.compile(r"[a-z0-9-]{1,100}=[a-z0-9._:-]{1,253}", re.ASCII)
"""An organization (a slug) and a host, a name or an address, in small letters."""


def read_networks(text: str) -> tuple[IPv4Network | IPv6Network, ...]:
    """Return the networks in a list of CIDRs with commas or spaces between, those of IPv4 within IPv6 as IPv4. Pure.

    Raises:
        ValueError: an entry is no network.

    >>> read_networks("10.0.0.0/8, ::ffff:192.168.0.0/112")
    (IPv4Network('10.0.0.0/8'), IPv4Network('192.168.0.0/16'))
    """
    return tuple(_as_ipv4(ip_network(part)) for part in re.split(r"[,\s]+", text) if part)


def _as_ipv4(network: IPv4Network | IPv6Network) -> IPv4Network | IPv6Network:
    if isinstance(network, IPv6Network) and network.subnet_of(_MAPPED):
        return IPv4Network((int(network.network_address) & 0xFFFFFFFF, network.prefixlen - 96))
    return network


class LogFormat(StrEnum):
    """How a line of the log is written."""

    TEXT = "text"
    JSON = "json"


class Settings(BaseSettings):
    """Everything that can be set from outside. Immutable, and safe to share between threads."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        frozen=True,
        extra="ignore",
        hide_input_in_errors=True,  # a wrong value may be a secret in the wrong place
    )

    database: str = Field(
        default="sqlite:///referral-router.db",
        description="SQLAlchemy URL of the database: `sqlite:///FILE` or `postgresql://USER@HOST/NAME`.",
    )
    address_key: SecretStr | None = Field(
        default=None,
        description="Fernet keys (32 bytes, URL-safe base64), separated by commas. The first one encrypts private "
        "addresses; the others decrypt what they encrypted earlier. Overrides the key file.",
    )
    address_key_file: Path | None = Field(
        default=None,
        description="The key file: all keys by purpose, or a single Fernet key. Default: next to the SQLite file, "
        "with the suffix `.key`; it's created when first needed, readable by its owner only. PostgreSQL has no "
        "default. The note that keeps organizations hidden after a restore is stored next to it, with the suffix "
        "`.hidden`.",
    )
    code_keys: SecretStr | None = Field(
        default=None,
        description="Secrets of at least 32 characters, separated by commas, newest first. The first one signs "
        "receipts and digests codes. Keep an older one until the last code that needs it is gone, and then for "
        "another day, so that repeated requests are still recognized. `derived` stands for the key derived from the "
        "address key. Default: from the key file.",
    )
    audit_keys: SecretStr | None = Field(
        default=None,
        description="Secrets of at least 32 characters, separated by commas, newest first. The first one links "
        "new audit entries. Keep an older one until the last entry that it linked is gone. `derived` stands for the "
        "key derived from the address key. Default: from the key file.",
    )
    keep_audit_days: int = Field(
        default=2192, ge=366, description="Days to keep an audit entry. The default is six years."
    )
    audit_anchor_file: Path | None = Field(
        default=None,
        description="A file that gets an audit anchor every hour, as the log does. Put it on another disk or "
        "machine, where nobody who can change the database can change it.",
    )
    audit_anchor_url: str | None = Field(
        default=None,
        description="An https URL to which each audit anchor is also posted as JSON. The rules for webhooks apply "
        "(`webhook_networks`).",
    )
    longest_consent_days: int = Field(
        default=365, ge=1, description="The longest that a consent may last, in days from `signed_on`."
    )
    keep_consents_days: int = Field(
        default=90, ge=1, description="Days to keep a consent after it ended or was withdrawn."
    )
    respond_within_minutes: Annotated[tuple[Minutes, Minutes, Minutes, Minutes], NoDecode] = Field(
        default=(30, 240, 2880, 10080),
        description="Minutes within which a referral for `now`, `today`, `this_week` and `later` must be "
        "answered, as a JSON list. An unanswered referral expires after four times as long.",
    )
    waitlisted_days: int = Field(
        default=180, ge=1, le=3650, description="Days that a referral may stay on a waiting list before it expires."
    )
    keep_referrals_days: int = Field(
        default=30, ge=1, description="Days to keep a referral after it was closed, with everything that mentions it."
    )
    most_holds_at_service: int = Field(
        default=2, ge=0, description="The most referrals of one sender that may hold places at one service."
    )
    most_holds: int = Field(
        default=6, ge=0, description="The most referrals of one sender that may hold places anywhere."
    )
    most_places: int = Field(
        default=12, ge=0, description="The most places that one sender's referrals may hold together."
    )
    grievance_body: str | None = Field(
        default=None,
        description="Slug of the agency that hears grievances. It never hears those about itself, the agencies "
        "above it or its own departments.",
    )
    second_grievance_body: str | None = Field(
        default=None,
        description="Slug of the agency that hears grievances about the first one, those above it and its units.",
    )
    keep_grievances_days: int = Field(
        default=180,
        ge=1,
        description="Days to keep a grievance after it was closed. One in a pile that nobody opened is deleted "
        "this long after it was filed.",
    )
    webhook_key: SecretStr | None = Field(
        default=None,
        description="Fernet keys, separated by commas. The first one encrypts webhook secrets; the others decrypt "
        "what they encrypted earlier. `derived` stands for the key derived from the address key. Default: from the "
        "key file.",
    )
    webhook_networks: str | None = Field(
        default=None,
        description="Networks that webhooks may reach besides the public internet: `10.0.0.0/8`, with commas "
        "between them.",
    )
    webhook_hosts: str | None = Field(
        default=None,
        description="Which hosts in those networks each organization's webhooks may reach: "
        "`harbor-house=hooks.internal`, one pair per host, separated by commas. If it's set, an organization that "
        "isn't listed can't reach any of those networks.",
    )
    webhook_http: bool = Field(
        default=False,
        description="Whether webhooks may use http, bare IP addresses and any port in those networks. Elsewhere "
        "they never may.",
    )
    deliver: bool = Field(
        default=True,
        description="Whether `serve` also sends webhooks and runs timers. If not, run `referral-router deliver`.",
    )
    token_issuer: str = Field(
        default="referral-router",
        description="The `iss` that every bearer token must have: your issuer's URL, or any name if you use the "
        "local keys.",
    )
    token_audience: str = Field(
        default="referral-router",
        description="The `aud` that every bearer token must have. Tokens for another audience are refused.",
    )
    jwks_url: str | None = Field(
        default=None,
        description="The https URL of your issuer's JSON Web Key Set: RSA keys for RS256, P-256 keys for ES256. "
        "If it's set, locally signed tokens are refused.",
    )
    token_key_file: Path | None = Field(
        default=None,
        description="The file of local signing keys (P-256 in PEM, readable by its owner only; the first one "
        "signs). `referral-router token` creates it. Default: next to the SQLite file, with the suffix "
        "`.token.key`. PostgreSQL has no default. Can't be combined with `jwks_url`.",
    )
    page_url: str | None = Field(
        default=None,
        description="The https address at which browsers reach the pages, without a path: "
        "`https://router.example.org`. Without it, people can sign in on this machine only.",
    )
    sign_in_issuer: str | None = Field(
        default=None,
        description="The https URL of the OpenID Connect issuer with which people sign in to the pages. Its ID "
        "tokens must contain `organization` (a slug) and `scope`. Default: none; people use links from "
        "`referral-router token --login`.",
    )
    sign_in_client_id: str | None = Field(
        default=None,
        description="The client ID registered with that issuer. The redirect URI is `/signin/back` below `page_url`.",
    )
    sign_in_client_secret: SecretStr | None = Field(
        default=None, description="The client secret, if the issuer gave you one."
    )
    sign_in_prompt: str | None = Field(
        default=None,
        pattern=r"^(login|consent|select_account)( (login|consent|select_account)){0,2}$",
        description="What the issuer asks at each sign-in (the OpenID Connect `prompt`): `login` asks for the "
        "password again, `select_account` asks which account. Default: the issuer decides.",
    )
    sign_in_max_age: int | None = Field(
        default=None,
        ge=0,
        description="The most seconds since the person last authenticated with the issuer (`max_age`). After that "
        "the issuer asks again. An ID token with an older `auth_time`, or none, is refused.",
    )
    catalogues: Path | None = Field(
        default=None,
        description="Folder of your own translations, as `words export` writes them: `vi.po` adds a language to "
        "answers, pages and the command line; entries in `es.po` override the built-in Spanish.",
    )
    practice: bool = Field(
        default=False,
        description="Whether the data is made up for practice. Every page then says so. `demo` turns it on.",
    )
    leave_to: str = Field(
        default="https://www.weather.gov/",
        description='The https URL of the neutral site to which "Leave now" takes people.',
    )
    trusted_proxies: str | None = Field(
        default=None,
        description="Networks of your reverse proxies, as CIDRs separated by commas: `10.0.0.0/8`. The client's "
        "address is then the right-most one in `proxy_header` outside these networks. Without it, the header is "
        "ignored and everybody behind a proxy shares one address. Together they may be no wider than an IPv4 /8, an "
        "IPv6 /16 or `fc00::/7`.",
    )
    proxy_header: str | None = Field(
        default=None,
        pattern=r"^[A-Za-z0-9-]{1,100}$",
        description="The header to which each proxy appends its client's address. `Forwarded` is read as in RFC "
        "7239. Requires `trusted_proxies`. Default: `X-Forwarded-For`.",
    )
    web_origins: str | None = Field(
        default=None,
        description="Origins whose scripts may call `/v1` with a bearer token (CORS): `https://app.example.org`, "
        "separated by commas. Public data can be read from any origin.",
    )
    max_body_size: int = Field(
        default=256 * 1024,
        ge=1024,
        description="The largest request body that is accepted, in bytes.",
    )
    rate_limit: str = Field(
        default="600/minute",
        pattern=r"^[1-9][0-9]{0,6}/(second|minute|hour|day)$",
        description="Requests that one token subject may make to one process, such as `600/minute`. An address "
        "without a token may make as many.",
    )
    open_limit: str | None = Field(
        default=None,
        pattern=r"^[1-9][0-9]{0,7}/(second|minute|hour|day)$",
        description="Requests without a token that one process takes from all addresses together, such as "
        "`3000/minute`. Every 10 ms of processor time count as one more. Beyond the limit, requests wait and "
        'addresses take turns. Signing in, grievances and "Leave now" never wait for it. Default: five times '
        "`rate_limit`.",
    )
    time_budget_ms: int = Field(
        default=250,
        ge=0,
        description="Milliseconds of search for one HTTP request. The best path and what to do first are "
        "guaranteed: they may take longer, up to five seconds of processor time, and then return the best so far. "
        "Everything after them stops at this limit, and `complete` in the answer says so. A group gets this time "
        "for each of its different clients, at most four times in all; its whole answer takes at most eight times "
        "as long, including the guaranteed part.",
    )
    question_budget_ms: int = Field(
        default=100,
        ge=0,
        description="Milliseconds of that time for finding out what to ask next. Questions found by then are "
        "returned, and `complete` in the answer says so. If the first path leaves an urgent need open, or leads "
        "through an agency whose records a court can order opened, the best question is guaranteed like the path "
        "itself; what else its answers would change is not.",
    )
    log_format: LogFormat = Field(
        default=LogFormat.TEXT,
        description="The log format of `serve` and `deliver`: `text`, or `json` with one object per line.",
    )
    hsds_open: bool = Field(
        default=True,
        description="Whether anybody may read the public part of the directory at `/hsds` and `/fhir`. If not, it "
        "requires the scope `directory:read`.",
    )
    metrics_open: bool = Field(
        default=False,
        description="Whether anybody who can reach `/metrics` may read it. If not, it requires the scope `operator`.",
    )

    @field_validator("respond_within_minutes", mode="before")
    @classmethod
    def _is_list(cls, value: Any) -> Any:
        """Read the JSON list of a variable here, where it is refused like any other setting."""
        try:
            return json.loads(value) if isinstance(value, str) else value
        except ValueError:
            raise ValueError from None

    @field_validator("page_url", "sign_in_issuer", "leave_to", "audit_anchor_url")
    @classmethod
    def _is_address(cls, url: str | None) -> str | None:
        """Refuse an address without https; http is for this machine only."""
        if url is not None:
            parts = urlsplit(url)
            of_this_machine = parts.scheme == "http" and (parts.hostname or "") in ("localhost", "127.0.0.1", "::1")
            if not parts.hostname or parts.username is not None or not (parts.scheme == "https" or of_this_machine):
                raise ValueError
        return url

    @field_validator("webhook_networks", "trusted_proxies")
    @classmethod
    def _are_networks(cls, text: str | None) -> str | None:
        """Refuse a malformed list of networks, at the program's start and not at its use."""
        try:
            read_networks(text or "")
        except ValueError:
            raise ValueError from None  # the library's own words repeat the part
        return text

    @field_validator("trusted_proxies")
    @classmethod
    def _are_some(cls, text: str | None) -> str | None:
        """Refuse networks that no operator has to itself: any client there could name an address of its choice."""
        networks = read_networks(text or "")
        together: list[IPv4Network | IPv6Network] = [
            *collapse_addresses(network for network in networks if isinstance(network, IPv4Network)),
            *collapse_addresses(network for network in networks if isinstance(network, IPv6Network)),
        ]
        if any(network.prefixlen < _LEAST_PREFIX[network.version] and network not in _OWN for network in together):
            raise ValueError
        return text

    @field_validator("proxy_header")
    @classmethod
    def _is_of_proxies(cls, name: str | None, info: ValidationInfo) -> str | None:
        """Refuse a header without a proxy to write it."""
        if name is not None and not info.data.get("trusted_proxies"):
            raise ValueError
        return name

    @field_validator("web_origins")
    @classmethod
    def _are_origins(cls, text: str | None) -> str | None:
        """Refuse what no browser sends as an origin: a path, a final slash, capitals, a wildcard."""
        if not all(map(_ORIGIN.fullmatch, read_list(text))):
            raise ValueError
        return text

    @field_validator("webhook_hosts")
    @classmethod
    def _are_hosts(cls, text: str | None) -> str | None:
        """Refuse a malformed list of organizations and hosts, at the program's start."""
        if not all(map(_HOST.fullmatch, read_list(text))):
            raise ValueError
        return text


def read_list(text: str | None) -> list[str]:
    """Return the parts of a setting that is a list with commas or spaces between.

    >>> read_list("https://app.example.org, https://desk.example.org")
    ['https://app.example.org', 'https://desk.example.org']
    """
    return [part for part in re.split(r"[,\s]+", text or "") if part]


def variable_of(name: str) -> str:
    """Return the environment variable of a setting.

    >>> variable_of("hsds_open")
    'REFERRAL_ROUTER_HSDS_OPEN'
    """
    return f"{PREFIX}{name}".upper()


def given_in_environment() -> set[str]:
    """Return the settings that the environment gives; case does not count."""
    variables = {variable.upper() for variable in os.environ}
    return {name for name in Settings.model_fields if variable_of(name) in variables}
