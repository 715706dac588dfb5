"""What the service remembers: a database, its tables and the functions that write and read them."""
