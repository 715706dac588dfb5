"""What an operator may choose, a subject in each file; `service.settings` puts them together."""
