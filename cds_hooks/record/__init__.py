"""FHIR resources become facts about one patient, and what could not be read."""
