"""The custom resources: models, rules, defaults, names, and the CRD made from them."""
