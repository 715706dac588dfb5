"""FHIR as charts write it: elements, resources, and whose they are."""
