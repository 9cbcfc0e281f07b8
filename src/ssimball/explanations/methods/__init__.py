"""Explanation methods, one module each, named after the method."""
