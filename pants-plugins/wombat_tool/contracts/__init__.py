"""Reads data contracts: files of the Open Data Contract Standard (ODCS), version 3."""
