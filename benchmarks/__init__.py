"""What the doors cost beside the raw SQL that does the same, measured in one run: `python -m benchmarks`.

Absolute times are one machine's; the ratios are what counts, since every contender runs in the same rounds.
"""
