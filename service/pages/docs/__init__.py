"""The documentation at `/docs`: prose in Markdown, a folder for each language, with parts made from what runs."""
