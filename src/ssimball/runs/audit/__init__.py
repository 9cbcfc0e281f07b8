"""The audit of a finished run: what its files say of each other, derived again.

``findings`` is what a check says, ``layout`` which files a run has, ``run`` the run that is looked
at, ``registry`` the list of checks; each other module is one kind of check, and ``report`` what is
printed. ``ssimball audit results/<run>``; docs/audit.md.
"""
