"""What every piece of a knowledge file is: checked when it is read, immutable after, and plain to look at."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import fields
from typing import Any, ClassVar, Self, dataclass_transform

from pydantic import ConfigDict, Field, TypeAdapter
from pydantic.dataclasses import dataclass


@dataclass_transform(kw_only_default=True, frozen_default=True, field_specifiers=(Field,))
class Strict:
    """A piece of a knowledge file: immutable, unknown keys refused.

    Every subclass is a pydantic dataclass: its attributes are those of any object, which judging reads by the thousand.
    """

    _reader: ClassVar[TypeAdapter[Any] | None] = None  # made when the class is first read

    def __init_subclass__(cls) -> None:
        """Make it one."""
        super().__init_subclass__()
        dataclass(cls, frozen=True, kw_only=True, config=ConfigDict(extra="forbid"))
        cls._reader = None

    @classmethod
    def read(cls, written: Mapping[str, Any]) -> Self:
        """What a table of a file stands for. Raises pydantic's ValidationError."""
        if cls._reader is None:
            cls._reader = TypeAdapter(cls)
        found: Self = cls._reader.validate_python(dict(written))
        return found

    def as_written(self, only: Collection[str] | None = None) -> dict[str, Any]:
        """What is written, defaults included, by key."""
        names = [field.name for field in fields(self)]  # type: ignore[arg-type]
        return {name: getattr(self, name) for name in names if only is None or name in only}

    def but(self, **changed: Any) -> Self:
        """The same with other values, unchecked."""
        other = object.__new__(type(self))
        other.__dict__.update({**self.as_written(), **changed})
        return other
