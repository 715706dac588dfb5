"""What an operator may set, read from environment variables; every setting says what it does."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict
from pydantic_settings.sources import EnvSettingsSource

from service.choices.judging import Judging
from service.choices.keeping import Keeping
from service.choices.limits import Limits
from service.choices.listening import Listening
from service.choices.operating import Operating
from service.choices.people import People
from service.choices.reaching import Reaching
from service.choices.smart import Smart
from service.choices.trust import Trust
from service.site.environment import PREFIX, StartRefused, unknown_variables, variable_of, variables_that_set

__all__ = ["Settings", "StartRefused", "read_settings", "secrets_in", "settings_table"]


class Settings(Operating, Limits, Trust, People, Smart, Reaching, Keeping, Judging, Listening, BaseSettings):
    """Settings in force. Lists are written with commas. Those of the last part come first, as pydantic lists them."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, populate_by_name=True, defer_build=False)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments, then the environment, without what does not set anything."""
        environment = EnvSettingsSource(settings_cls)
        environment.env_vars = variables_that_set(secrets_in(settings_cls.model_fields))
        return init_settings, environment


def read_settings() -> Settings:
    """Settings from the environment.

    Raises:
        StartRefused: a variable has a value it cannot have, or sets nothing.
    """
    if unknown := unknown_variables(Settings.model_fields, secrets=secrets_in(Settings.model_fields)):
        known = ", ".join(map(variable_of, Settings.model_fields))
        raise StartRefused(f"Not a setting: {', '.join(unknown)}. Settings: {known}")
    try:
        return Settings()
    except ValidationError as error:
        wrong = (f"{_variable_at(problem['loc'])}: {problem['msg']}" for problem in error.errors())
        raise StartRefused("; ".join(wrong)) from None


def secrets_in(fields: Mapping[str, FieldInfo]) -> tuple[str, ...]:
    """Settings that are shown nowhere, and may come from a file instead."""
    return tuple(name for name, field in fields.items() if not field.repr or "SecretStr" in str(field.annotation))


def _variable_at(place: tuple[int | str, ...]) -> str:
    """The variable that a problem is with; of one that has several names, the name that was used."""
    name = str(place[0]) if place else "settings"
    return variable_of(name) if name in Settings.model_fields else name.upper()


def settings_table() -> str:
    """All settings as a Markdown table, for the README."""
    rows = (
        f"| `{variable_of(name)}` | {_shown(field.default)} | {field.description}{_or_file(name)} |"
        for name, field in Settings.model_fields.items()
    )
    return "\n".join(("| variable | default | what it does |", "|---|---|---|", *rows))


def _or_file(name: str) -> str:
    is_secret = name in secrets_in(Settings.model_fields)
    return f" Or in a file that {name.upper()}_FILE names." if is_secret else ""


def _shown(default: Any) -> str:
    if default is None or default == ():
        return "unset"
    return f"`{', '.join(default) if isinstance(default, tuple) else default}`"
