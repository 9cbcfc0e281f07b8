"""One module per explanation, named as its method."""
