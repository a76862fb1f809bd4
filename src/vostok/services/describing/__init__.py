"""How rows become the documents that the doors answer with."""
