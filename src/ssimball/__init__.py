"""Certified adversarial perturbations inside an SSIM ball, and where they land.

The rooms of the library, in the order data passes through them: ``config``, ``datasets``,
``preprocessing``, ``models``, ``windows``, ``ssim``, ``ball``, ``solvers``, ``attacks``,
``explanations``, ``overlap``, ``statistics``, ``figures``. A room imports only from rooms before
it. ``artifacts`` (stored tables) and ``provenance`` are used by the workflow's scripts and by what
looks at finished runs, ``preloaded`` lets Snakemake start scripts quickly. ``cli`` is the command
line; nothing imports it.

Package ``__init__`` files stay empty of imports: the workflow fingerprints exactly the modules a
stage really imports, and an eager ``__init__`` would tie every stage to every module.
"""
