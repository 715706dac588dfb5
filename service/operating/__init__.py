"""What an operator sees of a running service, and does to it: health, metrics, logs, traces, settings, reload."""
