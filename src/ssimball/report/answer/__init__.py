"""The answer of a run: one object, told as text, as a page and as JSON."""
