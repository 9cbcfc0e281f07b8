"""The network: classifiers and their weights, and what they say of a clean image."""
