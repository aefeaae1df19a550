"""Quantities of resources: the plugin checks those of steps, and the program those of deployments, by the same forms."""

from __future__ import annotations

RIGHT = [
    ("cpu", "2"),
    ("cpu", "0.5"),
    ("cpu", "500m"),
    ("memory", "512Mi"),
    ("memory", "1.5G"),
    ("memory", "100k"),
    ("memory", "100K"),
    ("ephemeral_storage", "10Gi"),
    ("gpu", "1"),
]
WRONG = [
    ("cpu", "half"),
    ("cpu", "1.5m"),
    ("cpu", "\u0661"),
    ("memory", "1 GB"),
    ("memory", "1GB"),
    ("memory", "5ki"),
    ("memory", "-1Gi"),
    ("ephemeral_storage", ""),
    ("gpu", "0.5"),
    ("ram", "1Gi"),
]
