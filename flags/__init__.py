"""How a program is told what to do: flags, variables, and words that mean something."""
