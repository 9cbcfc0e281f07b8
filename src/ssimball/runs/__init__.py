"""What is done with finished runs: open, audit, compare, publish."""
