"""Figures: the rows that each one shows, and how they are drawn."""
