"""What is counted, and shown as numbers for Prometheus."""
