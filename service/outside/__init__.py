"""Requests to addresses that a caller named (`fhirServer`, `jku`): only to listed places, bounded in time and size."""
