"""Previews of volumes and surfaces of labels for the 3D view: computed by the worker, kept as files."""
