"""Measures data contracts: validation beside other libraries, and the goal `check` on many contract files."""
