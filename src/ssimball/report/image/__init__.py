"""The results of one image, as ``ssimball attack`` and ``ssimball show`` present them.

``interface`` defines the results, ``files`` writes them as pictures and JSON, and ``text`` prints
them. :mod:`ssimball.pipeline.photograph` computes them for a photograph, and
:mod:`ssimball.runs.image` reads them from a run.
"""
