"""One module per family of verbs; `define_NAME` declares the words, `act` does it."""
