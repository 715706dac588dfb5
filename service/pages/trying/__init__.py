"""Try it: a chart is dropped or chosen, judged by the doors that systems use, and shown as an EHR would show it."""
