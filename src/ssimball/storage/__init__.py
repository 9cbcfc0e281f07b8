"""Stored tables: their contracts, reading and writing, provenance and checksums."""
