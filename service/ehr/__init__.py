"""The EHR's own FHIR server: what a hook call lacks is fetched there, in a bounded time, with the call's token."""
