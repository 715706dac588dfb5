"""Clinical knowledge: protocols, timing forms, sources and orders as TOML files a clinician can read."""
