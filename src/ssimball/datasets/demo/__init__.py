"""A data set of generated scenes with exact object masks."""
