"""One module per attack or control, named as its method."""
