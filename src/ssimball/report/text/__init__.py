"""The answer, the causal test and the sweep in words of a fixed width."""
