"""The patient timeline as a page: a small chart of each analyte, drawn here as SVG without style or script of its own."""
