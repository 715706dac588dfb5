"""Orders, doses and statements become therapies."""
