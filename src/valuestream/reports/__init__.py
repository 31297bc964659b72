"""Pages to hand out: one file each, pictures inside, no script, nothing fetched."""
