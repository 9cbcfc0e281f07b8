"""The log of a run for people: one line per finished stage, with the time that is left."""
