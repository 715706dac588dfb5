"""WORLD: HTTP, settings, files, clock, pages and command line; holds no clinical number and no clinical sentence."""

__version__ = "0.1.0"
