"""What every request goes through: connection, body, line, headers, errors."""
