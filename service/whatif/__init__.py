"""What another threshold would do to charts that are sent, or to patients of the last population run: for people."""
