"""What a service asks an EHR to send with a call, and what came of it."""
