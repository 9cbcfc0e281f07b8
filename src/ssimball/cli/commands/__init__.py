"""The commands of ``ssimball``, one module each."""
