"""Runs migrations on the connection that `service.storage.database` holds, inside its transaction."""

from __future__ import annotations

from alembic import context
from sqlmodel import SQLModel

from service.storage import tables

assert tables.REVISION  # noqa: S101 - importing the tables is what fills the metadata
context.configure(
    connection=context.config.attributes["connection"], target_metadata=SQLModel.metadata, transactional_ddl=False
)
context.run_migrations()
