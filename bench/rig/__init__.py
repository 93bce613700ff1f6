"""What the measurements share: services to look at, commands run in turns, a network of one's own."""
