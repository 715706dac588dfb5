"""What a run says of a population in numbers: counts that add up, a summary without persons, and its page."""
