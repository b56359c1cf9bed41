"""The settings from the environment and the command line."""

from __future__ import annotations

import difflib
import os

from pydantic import ValidationError

from policies.messages import joined
from service.cli.terminal import Status, Stopped, complain
from service.i18n import refusals, replies, setup
from service.i18n.translation import use_catalogues
from service.settings import PREFIX, Settings, variable_of

_REASONS = {
    "int_parsing": refusals.WHOLE_NUMBER,
    "bool_parsing": refusals.TRUE_OR_FALSE,
    "greater_than_equal": refusals.AT_LEAST,
}


def read_settings(database: str | None) -> Settings:
    """Return the environment's settings; `database`, named on the command line, wins over the environment.

    A variable that looks like a setting and is none is told on standard error, and stops nothing.

    Raises:
        Stopped: settings are wrong; the message names each with the reason, and repeats no value.
    """
    for warning in unknown_variables():
        complain(warning)
    try:
        settings = build_settings(database)
    except ValidationError as error:
        raise Stopped(joined(setting_problems(error), "\n"), Status.WRONG_USAGE) from None
    use_catalogues(settings.catalogues)
    return settings


def build_settings(database: str | None) -> Settings:
    """Return the environment's settings; `database`, if given, wins.

    Raises:
        ValidationError: settings are wrong.
    """
    return Settings() if database is None else Settings(database=database)


def setting_problems(error: ValidationError) -> list[str]:
    """Return a line for each wrong setting: its variable and the reason, never its value."""
    problems = {}
    for detail in error.errors(include_url=False, include_input=False):
        name = str(detail["loc"][0])
        reason = setup.SETTING_FORMS.get(name) or _REASONS.get(detail["type"], refusals.NOT_VALID)
        problems[name] = joined([variable_of(name), reason.format_map(detail.get("ctx", {}))], " ")
    return [problems[name] for name in sorted(problems)]


def unknown_variables() -> list[str]:
    """Return a line for each variable of the environment that has the name of a setting, but of none that there is."""
    variables = [variable_of(name) for name in Settings.model_fields]
    strange = sorted(name for name in os.environ if name.upper().startswith(PREFIX) and name.upper() not in variables)
    return [replies.UNKNOWN_SETTING.format(name=name) + _nearest(name.upper(), variables) for name in strange]


def _nearest(name: str, variables: list[str]) -> str:
    near = difflib.get_close_matches(name[:100], variables, n=1, cutoff=0.85)
    return refusals.NEAREST.format(near=near[0]) if near else ""
