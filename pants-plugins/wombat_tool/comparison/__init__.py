"""Compares contracts: what one promises with what another, or a function, needs, and a contract with its former self."""
