"""The site's code maps, and the counts of codes that were not understood."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Lay the first tables."""
    op.create_table(
        "code_map",
        sa.Column("version", sa.Integer, primary_key=True),
        sa.Column("author", sa.String, nullable=False),
        sa.Column("note", sa.String, nullable=False),
        sa.Column("loaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("entries", sa.String, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "unmapped_code",
        *(sa.Column(name, sa.String, primary_key=True) for name in ("kind", "system", "code", "analyte", "unit")),
        sa.Column("count", sa.Integer, nullable=False),
        sa.Column("first_seen", sa.Date, nullable=False),
        sa.Column("last_seen", sa.Date, nullable=False),
        sa.Column("suggestions", sa.String, nullable=False),
    )


def downgrade() -> None:
    """Drop them, with what they hold."""
    op.drop_table("unmapped_code")
    op.drop_table("code_map")
