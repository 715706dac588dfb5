"""Many patients at once: a population's export judged by the same middle as every other door, and invented ones."""
