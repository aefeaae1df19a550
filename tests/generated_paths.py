"""Paths of generated files: the program allows those, and the plugin finds them again, and no others."""

from __future__ import annotations

FOUND = (
    ".github/workflows/ci.yml",
    ".github/actions/ci/action.yml",
    ".gitlab/shop.yml",
    ".gitlab-ci.yml",
    ".gitlab-ci/part-1.yml",
    "shop/deploy/nightly/cron-job.yaml",
    "shop/deploy/nightly_dag.py",
    "shop/deploy/nightly_luigi.py",
    "shop/Dockerfile",
    "shop/jobs.Dockerfile",
    "shop/Dockerfile.dockerignore",
    "shop/deploy/cache/pants.ci.toml",
    "shop/dist/job.yaml",
)
LOST = (
    "shop/pipeline",
    "shop/flow.py",
    "shop/notes.md",
    ".circleci/config.yml",
    "shop/.hidden/job.yaml",
    "dist/job.yaml",
    "shop/node_modules/job.yaml",
    "__pycache__/job.yaml",
)
