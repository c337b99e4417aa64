"""The air index, kept as readings come, and told to whoever asks."""
