"""Runs of the same photographs on several networks, compared: ``ssimball networks``."""
