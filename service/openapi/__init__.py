"""The document that describes the API for machines."""
