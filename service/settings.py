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
        description="Fernet keys (32 bytes, URL-safe base64), commas between: the first seals private addresses, the "
        "others read what they sealed. Wins over the key file.",
    )
    address_key_file: Path | None = Field(
        default=None,
        description="File that holds the keys, by purpose, or one Fernet key. Default: beside the SQLite file, with "
        "the ending `.key`, made at first need and readable by its owner only. PostgreSQL has no default. The note of "
        "who hid goes beside it, with the ending `.hidden`.",
    )
    code_keys: SecretStr | None = Field(
        default=None,
        description="Secrets of 32 characters or more, commas between, the newest first: codes are digested and "
        "receipts signed with the first; an older one stays until the last code that needs it is gone, and for a day: "
        "a repeated request is known by it. `derived` is the one that follows from the address key. Default: the key "
        "file's.",
    )
    audit_keys: SecretStr | None = Field(
        default=None,
        description="Secrets of 32 characters or more, commas between, the newest first: entries of the audit are "
        "linked with the first; an older one stays until the last entry that it linked is gone; `derived` is the one "
        "that follows from the address key. Default: the key file's.",
    )
    keep_audit_days: int = Field(
        default=2192, ge=366, description="How many days an entry of the audit is kept: six years."
    )
    audit_anchor_file: Path | None = Field(
        default=None,
        description="File to which the last link of the audit is added every hour, beside the line in the log: on "
        "another disk or machine than the database, where who can change the database cannot change it.",
    )
    audit_anchor_url: str | None = Field(
        default=None,
        description="The https URL to which that link is posted too, as JSON, under the rules for webhooks "
        "(`webhook_networks`).",
    )
    longest_consent_days: int = Field(
        default=365, ge=1, description="How many days after `signed_on` a consent may end, at most."
    )
    keep_consents_days: int = Field(
        default=90, ge=1, description="How many days after its end or withdrawal a consent is deleted."
    )
    respond_within_minutes: Annotated[tuple[Minutes, Minutes, Minutes, Minutes], NoDecode] = Field(
        default=(30, 240, 2880, 10080),
        description="Minutes within which a referral for now, today, this_week and later is to be answered, as a JSON "
        "list; unanswered, it expires after four times as long.",
    )
    waitlisted_days: int = Field(
        default=180, ge=1, le=3650, description="How many days a referral may stay on a waiting list; then it expires."
    )
    keep_referrals_days: int = Field(
        default=30, ge=1, description="How many days after it was closed a referral is deleted, with all that names it."
    )
    most_holds_at_service: int = Field(
        default=2, ge=0, description="How many referrals of one sender may hold places at one service."
    )
    most_holds: int = Field(default=6, ge=0, description="How many referrals of one sender may hold places in all.")
    most_places: int = Field(default=12, ge=0, description="How many places one sender's referrals may hold in all.")
    grievance_body: str | None = Field(
        default=None,
        description="Slug of the organization that hears grievances. Never those about its own house: itself, those "
        "above it and its departments.",
    )
    second_grievance_body: str | None = Field(
        default=None, description="Slug of the organization that hears grievances about the house of the first."
    )
    keep_grievances_days: int = Field(
        default=180,
        ge=1,
        description="How many days after it was closed a grievance is deleted; one of a pile that nobody took up, as "
        "many after it was filed.",
    )
    webhook_key: SecretStr | None = Field(
        default=None,
        description="Fernet keys, commas between: the first seals the secrets of webhooks, the others read what they "
        "sealed; `derived` is the one that follows from the address key. Default: the key file's.",
    )
    webhook_networks: str | None = Field(
        default=None,
        description="Networks that webhooks may reach, besides the public internet: `10.0.0.0/8`, with commas between "
        "them.",
    )
    webhook_hosts: str | None = Field(
        default=None,
        description="Which hosts there each organization's webhooks may reach: `harbor-house=hooks.internal`, with "
        "commas between the pairs, a pair for each host. With it, whoever is not named reaches none of those networks.",
    )
    webhook_http: bool = Field(
        default=False,
        description="Whether webhooks may use http, bare addresses and any port there. They never may elsewhere.",
    )
    deliver: bool = Field(
        default=True,
        description="Whether `serve` sends webhooks and fires timers too. If not, run `referral-router deliver`.",
    )
    token_issuer: str = Field(
        default="referral-router",
        description="The `iss` that every bearer token must name: the URL of your issuer, or, with the local key pair, "
        "any name.",
    )
    token_audience: str = Field(
        default="referral-router",
        description="The `aud` that every bearer token must name; a token made for some other program is refused.",
    )
    jwks_url: str | None = Field(
        default=None,
        description="The https URL of your issuer's JSON Web Key Set: RSA keys for RS256, P-256 keys for ES256. "
        "With it, no locally signed token is accepted.",
    )
    token_key_file: Path | None = Field(
        default=None,
        description="File that holds the local keys (P-256 in PEM, readable by its owner only; the first signs) that "
        "`referral-router token` makes and signs with. Default: beside the SQLite file, with the ending `.token.key`. "
        "PostgreSQL has no default. Not together with `jwks_url`.",
    )
    page_url: str | None = Field(
        default=None,
        description="The https address that browsers reach the pages by, without a path: "
        "`https://router.example.org`. Without it people sign in on this machine alone.",
    )
    sign_in_issuer: str | None = Field(
        default=None,
        description="The https URL of the OpenID Connect issuer that people sign in with at the pages. Its ID tokens "
        "name the person's `organization` (a slug) and `scope`. Default: links that `referral-router token --login` "
        "prints.",
    )
    sign_in_client_id: str | None = Field(
        default=None,
        description="The name that the pages have with that issuer. It leads people back to `/signin/back` below "
        "`page_url`.",
    )
    sign_in_client_secret: SecretStr | None = Field(
        default=None, description="The secret that goes with that name, if the issuer gave one."
    )
    sign_in_prompt: str | None = Field(
        default=None,
        pattern=r"^(login|consent|select_account)( (login|consent|select_account)){0,2}$",
        description="What that issuer is to ask of people at each sign-in (`prompt`): `login` asks for the password "
        "again, `select_account` which account. Default: as the issuer has it.",
    )
    sign_in_max_age: int | None = Field(
        default=None,
        ge=0,
        description="Seconds since people last proved to that issuer who they are (`max_age`). Beyond it the issuer "
        "asks again, and an ID token with an older `auth_time`, or without one, is refused.",
    )
    catalogues: Path | None = Field(
        default=None,
        description="Folder of the coalition's own catalogues (`words export` writes one): `vi.po` adds a language to "
        "answers, pages and the command line, `es.po` stands before the program's Spanish.",
    )
    practice: bool = Field(
        default=False,
        description="Whether all that is loaded is made up, to practice with: every page says so. `demo` sets it.",
    )
    leave_to: str = Field(
        default="https://www.weather.gov/",
        description="The https URL of the neutral site that a page is left to in a hurry.",
    )
    trusted_proxies: str | None = Field(
        default=None,
        description="Networks of the proxies in front: `10.0.0.0/8`, with commas between them. The client's address is "
        "then the right-most one in `proxy_header` that is in none of them. Without it that header is not read, and "
        "all who come through one proxy count as one address. Together no wider than a /8 of IPv4, a /16 of IPv6 or "
        "`fc00::/7`.",
    )
    proxy_header: str | None = Field(
        default=None,
        pattern=r"^[A-Za-z0-9-]{1,100}$",
        description="The one header in which each of those proxies adds the address of its own client at the end; "
        "`Forwarded` is read by RFC 7239. Not without `trusted_proxies`. Default: `X-Forwarded-For`.",
    )
    web_origins: str | None = Field(
        default=None,
        description="Sites whose pages may use `/v1` by script with a bearer token: `https://app.example.org`, with "
        "commas between them. What is open to all may be read by any site's pages.",
    )
    max_body_size: int = Field(
        default=256 * 1024,
        ge=1024,
        description="Largest request body that is read, in bytes.",
    )
    rate_limit: str = Field(
        default="600/minute",
        pattern=r"^[1-9][0-9]{0,6}/(second|minute|hour|day)$",
        description="How many requests one token subject may make to one process, such as `600/minute`. "
        "An address without a token may make as many.",
    )
    open_limit: str | None = Field(
        default=None,
        pattern=r"^[1-9][0-9]{0,7}/(second|minute|hour|day)$",
        description="How many requests without a token all addresses together may make to one process, such as "
        "`3000/minute`; 10 ms of processor time count as one more. Beyond it each waits its turn, address by address. "
        "Signing in, complaints and leaving never wait for it. Default: five times `rate_limit`.",
    )
    time_budget_ms: int = Field(
        default=250,
        ge=0,
        description="Milliseconds that the search of one request over HTTP may take. The best path, and what to do "
        "first, are owed beyond that: they stop after five seconds of processor time, with the best so far. What comes "
        "after stops here. `complete` in the answer says so. A group has as much processor time for each of its "
        "different clients, at most four times as much, and they share it; its whole answer takes at most eight times "
        "as much, the guaranteed part included.",
    )
    question_budget_ms: int = Field(
        default=100,
        ge=0,
        description="Milliseconds of that time that may go into finding what to ask next; the questions found by then "
        "stand, and `complete` in the answer says so. Where the first path leaves open what presses, or leads to it "
        "through a door that a court can look behind, the best question is owed like that path; "
        "what else its answers would change is not.",
    )
    log_format: LogFormat = Field(
        default=LogFormat.TEXT,
        description="How `serve` and `deliver` write their log: `text`, or `json` with an object on each line.",
    )
    hsds_open: bool = Field(
        default=True,
        description="Whether all may read the public part of the directory at `/hsds` and `/fhir`. If not, it needs "
        "the scope `directory:read`.",
    )
    metrics_open: bool = Field(
        default=False,
        description="Whether `/metrics` is open to anybody who can reach it; otherwise it needs the scope `operator`.",
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
