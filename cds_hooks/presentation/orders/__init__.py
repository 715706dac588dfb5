"""Draws as draft laboratory orders."""
