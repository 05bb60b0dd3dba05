"""These are scripts to be run by hand: pytest is not to load them when it looks for examples."""

collect_ignore_glob = ["*.py"]
