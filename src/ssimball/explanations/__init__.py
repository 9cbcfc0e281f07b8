"""Where the network looks: class activation maps and other explanations."""
