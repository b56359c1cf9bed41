"""The settings of the application: one frozen object, built once at the edge and handed down.

Each setting can be given as an environment variable with the prefix `REFERRAL_ROUTER_`.
"""

from __future__ import annotations

from pathlib import Path

from pydantic import Field, SecretStr
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
