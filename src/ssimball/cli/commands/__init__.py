"""A module per command of ``ssimball``."""
