"""Jobs forked from a process that has their modules loaded."""
