"""Statistics across images: intervals, tests, effect sizes, and what they can resolve."""
