"""Reading DICOM series."""
