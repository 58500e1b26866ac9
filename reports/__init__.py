"""What people and programs are shown: renders query results, and never asks the database."""
