"""Surfaces of labels as files for 3D Slicer, Blender, printers and viewers: STL, OBJ, GLB.

Vertices are in mm in DICOM's patient coordinates (left, posterior, superior: LPS), as 3D Slicer takes them.
"""
