"""Azure Resource Graph: the estate as tables, a little behind ARM."""
