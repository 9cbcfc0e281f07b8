"""Two finished runs side by side: which tables are equal, and where the others differ most.

``findings`` is what is said of a table, ``keys`` and ``tolerances`` what it is judged by,
``origins`` and ``cells`` what is compared, ``tables`` one table of both runs, ``runs`` all of them,
``report`` what is printed.
``ssimball compare results/a results/b``; docs/reproducibility.md.
"""
