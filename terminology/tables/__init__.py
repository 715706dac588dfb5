"""The tables the words come from: code systems, units, drugs, as files."""
