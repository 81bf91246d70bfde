"""The search index: which texts it holds, its tables, how it is written and quoted from."""
