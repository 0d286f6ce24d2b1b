"""Desired state: what policy says of each rule and resource, read from YAML and refused whole when unclear."""
