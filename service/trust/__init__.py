"""Who may call: client JWTs, the keys they are signed with, and the tokens that were used already."""
