"""Goals: they choose targets, call rules, print and write."""
