"""Evaluations, the cards they sent, and what clinicians did with them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Lay the tables of memory."""
    op.create_table(
        "evaluation",
        sa.Column("id", sa.BigInteger, primary_key=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        *_texts("service", "hook", "instance", "patient", "user", "version", "knowledge"),
        sa.Column("code_map", sa.Integer, nullable=False),
        *_texts("protocols", "raised", "unknown"),
        sa.Column("clear", sa.Integer, nullable=False),
        *_texts("absent", "sent"),
        sa.Column("milliseconds", sa.Float, nullable=False),
    )
    op.create_table(
        "card",
        sa.Column("uuid", sa.String, primary_key=True),
        sa.Column("evaluation", sa.BigInteger, nullable=False, index=True),
        *_texts("patient", "service", "topic", "check", "protocol", "protocol_version", "indicator", "mark"),
        sa.Index("card_of_patient", "patient", "evaluation"),
    )
    op.create_table(
        "feedback",
        sa.Column("id", sa.BigInteger, primary_key=True),
        sa.Column("card", sa.String, nullable=False, index=True),
        *_texts("service", "outcome"),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received", sa.DateTime(timezone=True), nullable=False),
        *_texts("suggestions", "reason"),
        sa.Column("commented", sa.Boolean, nullable=False),
    )


def downgrade() -> None:
    """Drop them, with what they hold."""
    for table in ("feedback", "card", "evaluation"):
        op.drop_table(table)


def _texts(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.String, nullable=False) for name in names]
