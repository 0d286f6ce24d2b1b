"""The demo: a story a platform engineer knows, played on the stage with the real app. `play` is where it starts."""
