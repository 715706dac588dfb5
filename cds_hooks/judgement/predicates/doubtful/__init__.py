"""Predicates over results that are not there, not readable, or hardly believable."""
