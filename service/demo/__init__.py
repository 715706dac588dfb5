"""A small EHR that calls the service with three charts and shows the answers."""
