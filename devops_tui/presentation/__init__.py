"""Domain objects as safe, styled lines; no terminal, no Textual."""
