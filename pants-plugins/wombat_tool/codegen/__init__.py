"""Writes the row types of a contract as Python source, for steps and for type checkers."""
