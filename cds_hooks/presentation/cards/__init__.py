"""Findings as cards: which problem gets one, in what order, and what it says."""
