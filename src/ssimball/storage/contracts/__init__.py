"""The stored tables, a module for those that belong together."""
