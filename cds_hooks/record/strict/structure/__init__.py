"""What FHIR lets stand in a resource, learned from the models of fhir.resources."""
