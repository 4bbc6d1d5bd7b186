"""Trains the reranker: data, mining, training, export, measuring. Only the training needs torch."""
