"""Everything the functions share: the model, the rules, the engine, and the adapters that reach Azure."""
