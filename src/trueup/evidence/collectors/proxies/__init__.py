"""Reverse proxies: one reader for each kind, from its configuration files to where it listens and hands on to."""
