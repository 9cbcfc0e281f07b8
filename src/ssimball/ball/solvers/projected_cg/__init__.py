"""Model Q by conjugate gradients that stay in the box, in torch and compiled."""
