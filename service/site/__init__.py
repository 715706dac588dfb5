"""What one running service stands on: settings, knowledge, overlays and orderables of its site."""
