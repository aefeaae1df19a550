"""Where things are in the container image of jobs; its recipe and those who run it must agree."""

from __future__ import annotations

REPOSITORY = "/repo"
"""The repository at one commit, and the working directory of jobs."""

HOME = "/home/wombat"
"""The home directory of the user: the launcher's set-up and Pants' caches are below `.cache`."""

USER_ID = 1000
GROUP_ID = 1000
