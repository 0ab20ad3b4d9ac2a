"""Credit for conversions: paths of touches, rules that divide credit, and the Markov chain."""
