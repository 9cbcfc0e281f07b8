"""The explorer: pages of a finished run that open in a browser without a server.

``layout`` names the files, ``numbers`` and ``pictures`` read the stored tables, and ``contents``
makes every file. The code that runs in the browser is in ``templates`` and ``static``.
"""
