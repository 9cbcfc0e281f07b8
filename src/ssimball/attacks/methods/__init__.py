"""The attacks and controls: a module for each method, or for a group of methods."""
