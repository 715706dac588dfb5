"""The world: HTTP, clock, files, settings, pages, command line; holds no clinical number and no clinical sentence."""
