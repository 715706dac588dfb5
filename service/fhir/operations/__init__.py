"""What operations take, and how they are answered."""
