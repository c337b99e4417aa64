"""What deploy/compose.yaml needs besides images: first secrets, and the image of C5 itself."""
