"""One patient's results, drugs and next draws over time, with what each is read against; a page only draws it."""
