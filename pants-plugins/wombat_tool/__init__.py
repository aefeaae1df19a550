"""What Wombat does to data in a sandbox of its own, with pinned requirements: a program with one command a subject."""
