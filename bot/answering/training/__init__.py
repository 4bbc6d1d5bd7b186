"""Training of the small generator, on our own text or on a team's tickets; needs torch, which serving does not."""
