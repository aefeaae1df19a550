"""Holds data against its contract: rules become queries, and what they find becomes a report."""
