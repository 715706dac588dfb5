"""Protocol files in plain words, as the pages show them and the exported knowledge carries them."""
