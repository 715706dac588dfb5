"""Time: moments and durations, dosing forms, and the course of a drug."""
