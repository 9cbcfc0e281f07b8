"""Tests of a run as RO-Crate, with an example of a run that they share."""
