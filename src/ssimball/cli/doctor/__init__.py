"""What this machine has of what ssimball uses: ``ssimball doctor``; docs/command_line.md.

``interface`` is what is found; ``project``, ``machine`` and ``extras`` look; ``registry`` has all.
"""
