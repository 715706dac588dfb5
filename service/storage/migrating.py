"""Brings tables to the form this version needs, in one process at a time."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, inspect, text

from service.site.settings import StartRefused
from service.storage.tables import REVISION

MIGRATIONS = Path(__file__).parent / "migrations"
START_PATIENCE = 30  # seconds to wait at start for who uses an old table, and on SQLite for who makes the new ones
_LOCK = 7_261_094  # any number: who migrates PostgreSQL holds it, so that two replicas starting at once take turns


def bring_up_to_date(connection: Connection, place: str) -> None:
    """Bring the tables to the newest form. Raises StartRefused, naming the place, when they are newer than that."""
    found = revision(connection)
    if found == REVISION:
        return
    if found is not None and found > REVISION:
        raise StartRefused(f"{place}: a newer version of the service made this database; run that version")
    connection.rollback()
    _migrate(connection)
    connection.commit()


def revision(connection: Connection) -> str | None:
    """The newest migration the database has seen, found without Alembic: importing that takes longer than a start."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def _migrate(connection: Connection) -> None:
    from alembic.command import upgrade
    from alembic.config import Config

    if connection.dialect.name == "postgresql":
        # Over a year of memory a migration may take longer than any answer should, and others wait for their turn.
        connection.execute(text("SET LOCAL statement_timeout = 0"))
        connection.execute(text("SET LOCAL lock_timeout = 0"))
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        connection.execute(text(f"SET LOCAL lock_timeout = '{START_PATIENCE}s'"))
    else:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    upgrade(config, "head")
