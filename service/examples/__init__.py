"""Example charts, and an EHR that sends them: shown by the demo and by the API's document."""
