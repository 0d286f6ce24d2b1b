"""What all pages for people have in common: how they look, their charts, and what must not stand in them. Pure."""
