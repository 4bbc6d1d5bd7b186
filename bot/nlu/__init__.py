"""Graph components for Rasa's NLU pipeline."""
