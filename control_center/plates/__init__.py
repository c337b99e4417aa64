"""Plates that are sought: who may, what was found, and what nobody keeps."""
