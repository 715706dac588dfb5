"""The engine of whole health systems: reading, grouping and writing by Apache Spark, judging by the same function."""
