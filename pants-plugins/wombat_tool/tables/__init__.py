"""Reads tables of the formats that have rows and columns, in bounded memory."""
