"""What an operator may choose, a subject in each file; `service.site.settings` puts them together."""
