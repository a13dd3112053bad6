"""What borrowers live through and decide, one file a mechanism. The list and what is assembled from it: sim/assembly.py."""
