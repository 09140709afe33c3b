"""The economics of compute: megawatts, systems, tokens, the market."""
