"""What personal data looks like, and how it is found."""
