"""Canon: what is declared. Documents become claims; nothing here knows about evidence."""
