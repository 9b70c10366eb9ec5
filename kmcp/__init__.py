"""The kmcp command line."""
