"""The command line ``ssimball``; docs/command_line.md describes it.

Each command is the object ``command`` of the module of its name. Modules import at their top only
what ``--help`` needs, and everything else when the command runs.
"""
