"""Finished runs: open, audit, compare and publish them."""
