"""Databases for the tests of the service."""

from tests.service.databases import database, postgres_server

__all__ = ["database", "postgres_server"]
