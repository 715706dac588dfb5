"""Predicates over several results: of one analyte over time, or of several of one draw."""
