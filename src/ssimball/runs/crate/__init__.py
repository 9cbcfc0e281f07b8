"""A finished run as an RO-Crate: its files described, with licences and authors of the images.

Read from the run: ``images`` are the input images, ``licences`` their licences, ``provenance`` the
software and networks that made the run, ``sources`` the code at hand. ``collecting`` puts these
together as ``contents``. Written as RO-Crate: ``graph`` is the whole description, ``files``
describes one file, ``entities`` adds what files refer to, ``execution`` adds the workflow and its
run. ``attribution`` is the page for people, ``writing`` writes everything to its
target, and ``names`` has the names of the files that it adds.
``ssimball crate results/<run>``; docs/crate.md.
"""
