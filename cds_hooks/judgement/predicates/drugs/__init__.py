"""Predicates over the medication list: what is taken, planned, begun or stopped, and how much of it."""
