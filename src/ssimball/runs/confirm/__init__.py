"""The claims of a run, tested: ``ssimball confirm``; docs/confirmation.md."""
