"""Statistics from the stored tables of a run; the workflow and the audit both call these."""
