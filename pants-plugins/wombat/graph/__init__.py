"""The pipeline graph and what is computed from it, without Pants: frozen dataclasses and pure functions."""
