"""Laboratory messages in HL7 v2, which most laboratories still send: read as the FHIR resources they stand for."""
