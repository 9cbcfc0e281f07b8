"""Attacks: one module per method behind one signature."""
