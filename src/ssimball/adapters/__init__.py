"""The attack as other libraries call theirs: Foolbox, torchattacks, ART, adversarial-library."""
