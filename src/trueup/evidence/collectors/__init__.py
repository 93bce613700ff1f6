"""One file per kind of observation: the sections it needs, and a pure parser from their bytes to facts and coverage."""
