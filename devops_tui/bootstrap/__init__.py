"""Where concrete classes are named and joined; nothing else may."""
