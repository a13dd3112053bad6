"""What people see of results: pictures, the one-file page, the terminal."""
