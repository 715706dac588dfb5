"""Door 3, FHIR R4: what the service knows of codes and judges by, read, searched, asked and applied under `/fhir`."""
