"""Predicates over the person: age and treatment, organs, pregnancy, diagnoses."""
