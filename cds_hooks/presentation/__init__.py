"""Findings become cards, orders and the report."""
