"""Planning: visits, the next draws, and the hour that suits the dose."""
