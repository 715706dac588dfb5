"""What is judged of a chart as FHIR R4 resources: the answer of `$hormone-monitoring`."""
