"""Why parts of a chart were not read, beside how its checks came out."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Add the column; processes of the older version go on writing without it."""
    op.add_column("evaluation", sa.Column("unread", sa.String, nullable=False, server_default=""))


def downgrade() -> None:
    """Drop it, with what it holds."""
    op.drop_column("evaluation", "unread")
