"""Configurations of CI systems, Kubernetes and schedulers, generated from the pipeline graph."""
