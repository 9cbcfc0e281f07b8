"""The causal test: where a perturbation does its work, found by cutting it and asking again."""
