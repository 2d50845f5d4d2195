"""One call to a model: asked, limited, paid, retried, read; knows nothing of debates."""
