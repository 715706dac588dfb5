"""A site's own codes: what was not understood, and the commands that check and load a map."""
