"""The same verbs without a screen: text for people, JSON for programs."""
