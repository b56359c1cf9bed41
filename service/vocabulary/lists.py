"""The closed lists as data: a YAML file for each list, an entry for each word with its names in every language."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files
from typing import Any, Literal, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class LocalizedText(_Part):
    """A text in each language of the program."""

    en: str = Field(min_length=1)
    es: str = Field(min_length=1)

    def read_in(self, language: str) -> str:
        """Return the text in one of the languages.

        >>> LocalizedText(en="food", es="comida").read_in("es")
        'comida'
        """
        return self.es if language == "es" else self.en


class VocabularyTerm(_Part):
    """A word of a closed list. `label`: its name on the pages, where they show it."""

    name: LocalizedText
    meaning: LocalizedText
    label: LocalizedText | None = None


class Labelled(VocabularyTerm):
    """A word that the pages show."""

    label: LocalizedText


class Trait(VocabularyTerm):
    """A trait of a client. `topic`: how an agency's own question about it is called."""

    topic: LocalizedText


class Kind(VocabularyTerm):
    """A kind of agency. `unlisted`: not listed openly unless it says so; `advocates`: its staff are advocates."""

    unlisted: bool = False
    advocates: bool = False


class PagePlacement(_Part):
    """Where a need stands on the pages: its group, its place in the group (None: last), its usual urgency."""

    group: str
    place: int | None = None
    urgency: Literal["now", "today", "this_week", "later"]


class Titles(_Part):
    """Titles of Open Eligibility that mean a type (the file says which), in normal form, and numbers of terms."""

    sure: list[str] = []
    likely: list[str] = []
    perhaps: list[str] = []
    numbers: list[str] = []


class NamePattern(_Part):
    """A pattern in a service's name that suggests a type; earlier turns are looked for first."""

    turn: int = Field(ge=1)
    pattern: str = Field(min_length=1)


class ServiceType(Labelled):
    """A service type; the head of `service_types.yaml` says what each field means."""

    page: PagePlacement
    order: int | None = Field(default=None, ge=1)
    stay: bool = False
    counted: bool = False
    with_companions: bool = False
    from_anywhere: bool = False
    never_asked_first: bool = False
    near: list[str] = []
    titles: Titles = Titles()
    named: NamePattern | None = None


class CallOfType(_Part):
    """What is said on the phone for a service type; the head of `calls.yaml` says what each field means."""

    title: LocalizedText
    need: LocalizedText
    ask: Literal["bed", "visit", "help", "interpreter", "none"]


_Entry = TypeVar("_Entry", bound=_Part)


def read_list(name: str, form: type[_Entry]) -> Mapping[str, _Entry]:
    """Return the words of a list by their codes, in the file's order. Reads a package file.

    >>> read_list("marks", Labelled)["sud"].name.es
    'tratamiento por alcohol o drogas'

    Raises:
        pydantic.ValidationError: an entry lacks a part, a language or a text, or has one too many.
    """
    text = files(__package__).joinpath(f"{name}.yaml").read_text(encoding="utf-8")
    return TypeAdapter(dict[str, form]).validate_python(yaml.load(text, Loader=_Loader))  # type: ignore[valid-type]  # noqa: S506 - a safe one
