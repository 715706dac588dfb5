"""The list of the last population run, for people who may see patients: as a page, JSON, CSV and FHIR."""
