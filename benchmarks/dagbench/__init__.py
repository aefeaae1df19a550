"""Measures Wombat on generated graphs, large files and many targets, beside a bare script."""
