"""Generated scenes with exact object masks."""
