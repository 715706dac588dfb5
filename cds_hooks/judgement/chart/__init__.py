"""What a check may look at: one patient's chart, the course of a drug, and what is worked out from results."""
