"""The Textual screens; they know `ports.front.Front`, domain objects and presentation."""
