"""Reports: one file per format behind one small protocol (`base.Format`)."""
