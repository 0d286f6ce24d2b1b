"""`python -m local rotate`: where the keys of one account stand, and the word that lets the app rotate them."""
