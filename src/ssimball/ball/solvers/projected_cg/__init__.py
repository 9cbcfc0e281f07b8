"""The fast solver of model Q: projected, preconditioned conjugate gradients."""
