"""What people read of a run: printed texts, figures and the pages of the explorer."""
