"""The network: classifiers, their weights, and their predictions for clean images."""
