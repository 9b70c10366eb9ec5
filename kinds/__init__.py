"""The custom resources: their models, rules, defaults and names, and the CRD that follows from them."""
