"""Writes a first contract for data that has none, from what the data holds."""
