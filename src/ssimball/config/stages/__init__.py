"""Typed settings of the workflow's stages, stored with every table that a stage writes."""
