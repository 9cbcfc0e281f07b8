"""A finished run as an RO-Crate: its files described, with licences and authors of the photographs.

``images`` is what is known of the input images, ``licences`` what a licence is called, ``sources``
the code that is at hand, ``files`` what a file of a run is, ``provenance`` what made it;
``collecting`` puts them together as ``contents``. ``graph`` writes these as RO-Crate, with
``entities`` that it refers to and ``execution``, the run of the workflow; ``attribution`` says the
same to people, and ``writing`` is where it goes. ``ssimball crate results/<run>``;
docs/crate.md.
"""
