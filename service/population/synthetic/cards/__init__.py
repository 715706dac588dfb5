"""Scenario cards: what is planted in a chart, and what must then be raised or not."""
