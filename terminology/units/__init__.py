"""Units of measure: UCUM exactly, and what a chart's string means for one analyte."""
