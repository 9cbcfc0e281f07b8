"""Class activation maps and other explanations of a class's logit."""
