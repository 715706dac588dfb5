"""PlanDefinition/$apply: one plan for the patient of a posted Bundle."""
