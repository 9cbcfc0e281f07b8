"""The typed stages of a run, built from its configuration."""
