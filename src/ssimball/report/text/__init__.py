"""What a run prints: the answer, the causal test and the sensitivity sweep as plain text."""
