"""The command line ``ssimball``; docs/command_line.md.

A command is the object ``command`` of the module of its name. Modules import at their top what
``--help`` needs, and what computes only once the command runs.
"""
