"""The terminology operations on what is published."""
