"""Noise, told to whoever asks."""
