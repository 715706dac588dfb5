"""The knowledge as FHIR R4: every protocol a PlanDefinition, every file a Library, every test an ActivityDefinition."""
