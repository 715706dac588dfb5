"""All clinical knowledge in force: read from files, made ready to judge, laid over by a site."""
