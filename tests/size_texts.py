"""How both the plugin and the tool write sizes for people, which have a function each, as neither imports the other."""

from __future__ import annotations

SIZES = [
    (0, "0 B"),
    (1, "1 B"),
    (999, "999 B"),
    (1_000, "1 kB"),
    (1_004, "1 kB"),
    (1_005, "1 kB"),
    (1_050, "1.05 kB"),
    (20_470, "20.5 kB"),
    (999_499, "999 kB"),
    (999_500, "1 MB"),
    (999_999, "1 MB"),
    (1_000_000, "1 MB"),
    (2_400_000, "2.4 MB"),
    (999_499_999, "999 MB"),
    (999_500_000, "1 GB"),
    (10**12, "1 TB"),
    (999 * 10**12, "999 TB"),
    (10**15, "1 PB"),
    (12_345 * 10**15, "12,345 PB"),
]
