"""One file per screen; each is imported when it is opened for the first time."""
