"""Networks that neither torchvision nor timm has, for weights that others have published."""
