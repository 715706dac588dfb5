"""Who may look at what is for people: signing in with OpenID Connect, and what answers on this machine only."""
