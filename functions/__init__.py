"""The edge of the app: triggers in, the engine's answers out. Nothing is judged here."""
