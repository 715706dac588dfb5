"""What a check may ask: the closed set of predicates over results, circumstances, doubts and visits."""
