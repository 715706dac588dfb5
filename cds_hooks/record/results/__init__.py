"""Observations become readings."""
