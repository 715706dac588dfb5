"""A plan applied to one chart: what it says and draws next for this patient, as a CarePlan of drafts."""
