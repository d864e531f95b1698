"""Labelled scans as training sets for other programs: nnU-Net, MONAI (decathlon), BIDS.

A layout is one file here and a line in :mod:`fewshot_sam.io.training_sets.registry`.
"""
