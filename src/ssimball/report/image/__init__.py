"""One image at a time, for people who look at it: ``ssimball attack`` and ``ssimball show``.

``interface`` is what is known of an image, ``settings`` and ``photograph`` make it of a photograph,
``stored`` reads it from a run, and ``files`` and ``text`` are what is shown of it.
"""
