"""A comparison of networks for people: the answer, figures, and a page."""
