"""Plain pages for people, and the browser for the API; served without any file from elsewhere."""
