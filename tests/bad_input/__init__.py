"""Mistakes that people make, and the messages about them; test_bad_input.py lists all tables."""
