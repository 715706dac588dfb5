"""What is kept, where, for how long, and what may stay silent for it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, Field, SecretStr

from service.choices.written import PART, Names, lower


class Keeping(BaseModel):
    """What is kept, where, for how long, and what may stay silent for it."""

    model_config = PART

    database_url: str = Field(
        "sqlite:///hormone-cds.sqlite3",
        description="Where code maps, counts of unmapped codes, used tokens and what MEMORY keeps are: "
        "`sqlite:///file`, `sqlite://` (in memory, gone at the end) or `postgresql://user:password@host/name`.",
        repr=False,
    )
    unmapped_patients: int = Field(
        3,
        ge=1,
        description="A code that was not understood is listed once so many patients had it: a rarer one might tell who "
        "somebody is. 1 while you try the service out.",
    )
    suppress_below: int = Field(
        11,
        ge=1,
        description="Fewest patients that the summary of a population run names as a number; smaller ones are hidden, "
        "the others rounded up to a multiple of 5. 1: all are exact.",
    )
    population_dir: Path | None = Field(
        None,
        description="Folder with the results of `hormone-cds population`: of one run, or of several in folders in it. "
        "`/population/latest` lists the finished one of the latest day, with patients' ids, to those who may see "
        "`/stats`. Needs DuckDB (extra `population`), and to run as whoever owns the results. Unset: no list.",
    )
    population_issuers: Names = Field(
        (),
        description="Issuers, of those in JWT_ISSUERS, whose tokens may read `/population/latest` and "
        "`/stats/threshold` too. Unset: none; they are for people who sign in.",
    )
    memory: Annotated[Literal["on", "off"], BeforeValidator(lower)] = Field(
        "on",
        description="Whether evaluations, cards and feedback are kept: which checks were raised, no value, no name.",
    )
    hash_key: Annotated[SecretStr, Field(min_length=16)] | None = Field(
        None,
        description="Secret, at least 16 characters, the same for every replica: patients and users are kept as hashes "
        "that nobody can make without it. Unset: each process makes one at its start, so nobody is known again after "
        "it, and `/stats` may count one patient as several.",
    )
    retention_days: int = Field(
        365,
        ge=1,
        le=36_500,
        description="Days after which what MEMORY keeps is deleted.",
    )
    silence_overridden: int = Field(
        0,
        ge=0,
        le=365,
        description="Days for which a card that a user overrode for a lasting reason stays silent for that user and "
        "patient, unless a result, the therapy or the urgency changes; never a critical one. 0: off; 90 is usual. "
        "Needs HASH_KEY.",
    )
    silence_shown: bool = Field(
        False,
        description="Whether a card is not shown twice on one day to the same user about the same patient, under the "
        "same conditions. Needs HASH_KEY.",
    )
