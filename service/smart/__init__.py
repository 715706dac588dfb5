"""The timeline as a SMART on FHIR app: an EHR opens it, its authorization server says whose chart may be read.

Nothing is kept here. What proves that an answer belongs to a question of ours waits in a signed cookie of ten minutes;
the token lives until the chart is read; the page itself carries the chart, sealed, so that only charts that were read
this way can be shown again in other units.
"""
