"""What an operator sees of the service."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, Field, SecretStr

from service.choices.written import PART, lower


class Operating(BaseModel):
    """What an operator sees of the service."""

    model_config = PART

    metrics: Annotated[Literal["local", "open", "off"], BeforeValidator(lower)] = Field(
        "local",
        description="Who may read `/metrics`: `local`: who asks on the service's own machine, and who sends "
        "METRICS_TOKEN; `open`: anyone who reaches the service; `off`: nobody, and nothing is counted.",
    )
    metrics_token: Annotated[SecretStr, Field(min_length=16)] | None = Field(
        None,
        description="Secret, at least 16 characters, that a Prometheus server elsewhere sends as `Authorization: "
        "Bearer`. With METRICS=local only.",
    )
    log_format: Annotated[Literal["text", "json"], BeforeValidator(lower)] = Field(
        "text",
        description="How log lines are written: for people, or as one JSON object a line.",
    )
    ready_without_database: bool = Field(
        False,
        description="Whether `/health/ready` stays 200 while the database is away: without it answers go on where "
        "JWT=off, and a load balancer that takes every replica out ends them. With JWT=required it is always 503.",
    )
