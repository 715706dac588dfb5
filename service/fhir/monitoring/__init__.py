"""The operation `$hormone-monitoring`: one patient's Bundle, or a line for each of many, judged and told in FHIR."""
