"""
Key rotation by alternation: what the next step is for one account, from what Azure shows and what is remembered.

Pure. `derive` names one step at a time and can be asked at any moment, also after a crash in the middle of anything:
it goes by who holds which key now, never by what was meant to be done.
"""
