"""Fine-tunes the sentence embedder on a project's own examples, in numpy alone."""
