"""What a run prints: the answer, the curves and the sensitivity sweep as plain text."""
