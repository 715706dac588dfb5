"""Whether what was posted is valid FHIR R4 that can be judged: every flaw with its place, its line and the remedy."""
