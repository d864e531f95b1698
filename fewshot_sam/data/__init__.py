"""What the program works on: volumes, their planes, and the slices painted on them."""
