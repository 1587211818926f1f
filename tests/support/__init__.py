"""Real servers, loads and links that tests of several areas start."""
