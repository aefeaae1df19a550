"""Shows people and programs the beginning of a dataset and what it is made of."""
