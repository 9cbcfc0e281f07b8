"""The audit of a finished run: derive again what its files state, and report what differs.

``registry`` lists the checks and runs them, ``interface`` defines a check, ``findings`` what a
check reports, and ``report`` prints it. Every other module holds the checks of one kind.
``ssimball audit results/<run>``; docs/audit.md.
"""
