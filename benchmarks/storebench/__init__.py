"""Measures the artifact store in a directory beside plain copies and DVC, and with many versions."""
