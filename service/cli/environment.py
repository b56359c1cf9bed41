"""The settings from the environment and the command line."""

from __future__ import annotations

from pydantic import ValidationError

from service.cli.terminal import Status, Stopped
from service.settings import Settings
from service.wording import replies


def read_settings(database: str | None) -> Settings:
    """Return the environment's settings; `database`, named on the command line, wins over the environment.

    Raises:
        Stopped: a setting is wrong; the message names the setting but does not repeat its value.
    """
    try:
        return Settings() if database is None else Settings(database=database)
    except ValidationError as error:
        prefix = Settings.model_config["env_prefix"]
        names = sorted({f"{prefix}{detail['loc'][0]}".upper() for detail in error.errors(include_input=False)})
        raise Stopped(replies.WRONG_SETTING.format(names=", ".join(names)), Status.WRONG_USAGE) from None
