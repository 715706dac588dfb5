"""Traces by OpenTelemetry, where they are wanted."""
