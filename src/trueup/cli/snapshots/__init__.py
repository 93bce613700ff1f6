"""One thin file for each thing that `trueup snapshot` does."""
