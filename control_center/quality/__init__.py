"""What is doubted after the fact: by the samples around, and by the neighbours."""
