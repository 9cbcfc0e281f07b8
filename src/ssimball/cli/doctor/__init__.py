"""The checks of ``ssimball doctor``; docs/command_line.md describes the command.

``interface`` defines checks and findings, ``registry`` lists all checks, and ``project``,
``machine`` and ``extras`` implement them.
"""
