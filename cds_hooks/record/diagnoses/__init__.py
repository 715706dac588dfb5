"""Conditions and procedures become concepts."""
