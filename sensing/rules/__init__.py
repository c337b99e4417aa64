"""Regulations as dated data files, each with its citation."""
