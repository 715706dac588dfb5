"""Where the parts of a run are judged."""
