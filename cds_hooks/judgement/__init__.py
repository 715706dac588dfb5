"""Facts and knowledge become findings; knows neither FHIR nor CDS Hooks."""
