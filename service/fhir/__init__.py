"""Door 3, FHIR R4 terminology: what the service knows of codes, read, searched and asked about under `/fhir`."""
