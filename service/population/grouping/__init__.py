"""Reads an export, whatever its files are, and groups it by patient on disk."""
