"""Rules: they gather what a plain function needs, call it, run one process, and wrap the result."""
