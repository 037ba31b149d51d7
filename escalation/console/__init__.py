"""The console: its pages, forms and words, and the figures beside it."""
