"""Runs the workflow's scripts in processes forked from one that has their modules loaded."""
