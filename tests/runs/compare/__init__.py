"""Tests of the comparison of two runs, with an example that they share."""
