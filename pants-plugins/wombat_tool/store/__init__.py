"""The artifact store: published versions of datasets, as blobs by content and one immutable manifest a version."""
