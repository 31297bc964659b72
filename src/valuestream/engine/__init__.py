"""Where tables live and SQL runs."""
