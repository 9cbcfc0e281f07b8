"""The page of a finished study: the answer and its figures first, long forms beside it."""
