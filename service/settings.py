"""The settings of the application: one frozen object, built once at the edge and handed down.

Each setting can be given as an environment variable with the prefix `REFERRAL_ROUTER_`.
"""

from __future__ import annotations

import re
from ipaddress import ip_network
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Everything that can be set from outside. Immutable, and safe to share between threads."""

    model_config = SettingsConfigDict(env_prefix="REFERRAL_ROUTER_", frozen=True, extra="ignore")

    database: str = Field(
        default="sqlite:///referral-router.db",
        description="SQLAlchemy URL of the database: `sqlite:///FILE` or `postgresql://USER@HOST/NAME`.",
    )
    address_key: SecretStr | None = Field(
        default=None,
        description="Fernet key (32 bytes, URL-safe base64) that seals private addresses. Wins over the key file.",
    )
    address_key_file: Path | None = Field(
        default=None,
        description="File that holds the Fernet key. Default: beside the SQLite file, with the ending `.key`, "
        "made at first need and readable by its owner only. PostgreSQL has no default.",
    )
    code_keys: SecretStr | None = Field(
        default=None,
        description="Secrets of 32 characters or more, commas between, the newest first: codes are digested and "
        "receipts signed with the first; an older one stays until the last code that needs it is gone. Default: a key "
        "that follows from the address key.",
    )
    longest_consent_days: int = Field(
        default=365, ge=1, description="How many days after `signed_on` a consent may end, at most."
    )
    keep_consents_days: int = Field(
        default=90, ge=1, description="How many days after its end or withdrawal a consent is deleted."
    )
    respond_within_minutes: tuple[int, int, int, int] = Field(
        default=(30, 240, 2880, 10080),
        description="Minutes within which a referral for now, today, this_week and later is to be answered, as a JSON "
        "list; unanswered, it expires after four times as long.",
    )
    keep_referrals_days: int = Field(
        default=30, ge=1, description="How many days after it was closed a referral is deleted, with all that names it."
    )
    most_holds_at_service: int = Field(
        default=2, ge=0, description="How many referrals of one sender may hold places at one service."
    )
    most_holds: int = Field(default=6, ge=0, description="How many referrals of one sender may hold places in all.")
    grievance_body: str | None = Field(
        default=None,
        description="Slug of the organization that hears grievances. Never those about its own house: itself, those "
        "above it and its departments.",
    )
    second_grievance_body: str | None = Field(
        default=None, description="Slug of the organization that hears grievances about the house of the first."
    )
    keep_grievances_days: int = Field(
        default=180, ge=1, description="How many days after it was closed a grievance is deleted."
    )
    webhook_key: SecretStr | None = Field(
        default=None,
        description="Fernet key that seals the secrets of webhooks. Default: one that follows from the address key.",
    )
    webhook_networks: str | None = Field(
        default=None,
        description="Networks that webhooks may reach, besides the public internet: `10.0.0.0/8`, with commas between "
        "them.",
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
        description="File that holds the local key pair (P-256 in PEM, readable by its owner only) that "
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
    leave_to: str = Field(
        default="https://www.weather.gov/",
        description="The https URL of the neutral site that a page is left to in a hurry.",
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
    time_budget_ms: int = Field(
        default=250,
        ge=0,
        description="Milliseconds that the search of one request over HTTP may take. The best path is found however "
        "long it takes, up to a minute of processor time; what comes after it stops here, and `complete` in the answer "
        "says so.",
    )
    question_budget_ms: int = Field(
        default=100,
        ge=0,
        description="Milliseconds of that time that may go into finding what to ask next; the questions found by then "
        "stand, and `complete` in the answer says so. Where the first path leaves open what presses, or leads to it "
        "through a door that a court can look behind, the best question is owed like that path, however long it takes; "
        "what else its answers would change is not.",
    )
    hsds_open: bool = Field(
        default=True,
        description="Whether all may read the public part of the directory at `/hsds`. If not, it needs the scope "
        "`directory:read`.",
    )
    metrics_open: bool = Field(
        default=False,
        description="Whether `/metrics` is open to anybody who can reach it; otherwise it needs the scope `operator`.",
    )

    @field_validator("page_url", "sign_in_issuer", "leave_to")
    @classmethod
    def _is_address(cls, url: str | None) -> str | None:
        """Refuse an address without https; http is for this machine only."""
        if url is not None:
            read = urlsplit(url)
            of_this_machine = read.scheme == "http" and (read.hostname or "") in ("localhost", "127.0.0.1", "::1")
            if not read.hostname or read.username is not None or not (read.scheme == "https" or of_this_machine):
                raise ValueError
        return url

    @field_validator("webhook_networks")
    @classmethod
    def _are_networks(cls, text: str | None) -> str | None:
        """Refuse a malformed list of networks, at the program's start and not at the sending of an event."""
        for part in re.split(r"[,\s]+", text or ""):
            if part:
                ip_network(part)
        return text
