"""Data pipelines as Pants targets: the plugin that runs in the Pants process."""
