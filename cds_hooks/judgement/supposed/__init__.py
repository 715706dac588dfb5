"""What another number would do: knowledge in which one named number is another, and how findings differ by it."""
