"""A protocol as a PlanDefinition: its checks, goals and calendar."""
