"""The list of a population run: who needs somebody's attention, and why; as structs and as FHIR."""
