"""What people get wrong, and what they are told. The table is put together in test_bad_input."""
