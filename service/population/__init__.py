"""Many patients at once: a population exported from a FHIR server, or invented, and judged by the one engine."""
