"""What runs in fresh processes of its own and prints one line of JSON about itself."""
