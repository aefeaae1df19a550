"""Sums a dataset up: for each column its type, what is missing, how far its values reach, and which are frequent."""
