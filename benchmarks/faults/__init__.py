"""Faults injected into a real running service, and what is promised of each."""
