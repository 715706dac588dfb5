"""Predicates over when blood was drawn: after a dose, a change or a start, fasting, in an illness or a cycle."""
