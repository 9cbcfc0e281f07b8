"""Attacks and controls behind one signature, and the driver that stores and judges their images."""
