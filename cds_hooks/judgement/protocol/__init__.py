"""Protocols and their checks ready to judge, and the sieve that settles most checks at a glance."""
