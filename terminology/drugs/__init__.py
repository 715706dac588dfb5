"""Drugs: which one an order means, and its form, strength and reach."""
