"""The comparison of two finished runs: which tables are equal, and where others differ most.

``runs`` compares all tables, ``tables`` one of them: ``stored`` reads it, ``origins`` compares the
metadata, ``keys`` matches rows, ``cells`` compares their values within ``tolerances``. ``findings``
holds the result and ``report`` prints it.
``ssimball compare results/a results/b``; docs/reproducibility.md.
"""
