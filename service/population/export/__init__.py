"""A client of FHIR Bulk Data Access: asks a server for its population, waits, and brings the files, counted."""
