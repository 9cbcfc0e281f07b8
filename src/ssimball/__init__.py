"""Certified adversarial perturbations inside an SSIM ball, and where they lie.

The package consists of sixteen subpackages. Each imports only from those after it in this list:
``cli``, ``runs``, ``pipeline``, ``report``, ``causal``, ``explanations``, ``attacks``,
``statistics``, ``models``, ``overlap``, ``datasets``, ``ball``, ``ssim``, ``config``, ``storage``,
``runtime``. The root holds only ``errors``, which all of them may import.

``__init__`` files contain no imports: the workflow fingerprints exactly the modules that a stage
imports, and an ``__init__`` with imports would tie every stage to every module.
"""
