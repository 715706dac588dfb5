"""Problems that stay silent because of what is remembered: which, and how that is said."""
