"""Archives of a hospital (PACS) that speak DICOMweb: which there are, and what is asked of them."""
