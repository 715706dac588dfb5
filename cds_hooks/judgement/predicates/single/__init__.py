"""Predicates over the newest result of one analyte, or the last before treatment."""
