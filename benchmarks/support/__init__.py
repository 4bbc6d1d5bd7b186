"""How the support scorer was made and measured: pairs of evidence and sentence, training, figures."""
