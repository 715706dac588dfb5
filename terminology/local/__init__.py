"""A site's own codes: the map, its files and its check."""
