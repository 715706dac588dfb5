"""The CDS Hooks standard on the wire: discovery, request, response."""
