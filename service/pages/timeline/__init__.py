"""The patient timeline as a page: a small chart of each analyte, drawn here as SVG with neither style nor script."""
