"""The vocabulary as FHIR R4 terminology: code systems, value sets, concept maps, and the operations on them."""
