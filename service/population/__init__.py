"""Whole populations: exported from a FHIR server, synthesised, judged, and listed."""
