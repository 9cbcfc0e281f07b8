"""The explorer: a finished run as a folder of pages that open in a browser without a server.

``layout`` names its files, ``numbers`` and ``pictures`` read the stored tables, ``explorer`` writes
all of it; what runs in the browser lies in ``templates`` and ``static``.
"""
