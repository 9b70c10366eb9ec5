"""`python -m kinds` prints the CustomResourceDefinition that belongs to this code."""

from kinds.crd import as_yaml

if __name__ == "__main__":
    print(as_yaml(), end="")
