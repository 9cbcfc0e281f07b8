"""Settings of the attack methods, and the registry of methods and default attacks."""
