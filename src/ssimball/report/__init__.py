"""What people read of a run: words, figures, pages of the explorer."""
