"""Numbers that checks compare with and no protocol owns: variation within a person, targets by age, ranges by age."""
