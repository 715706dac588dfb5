"""What the service remembers of its answers: written after the reply, never a value or a name of a chart."""
