"""/monailabel: the protocol of MONAI Label's servers, so that programs which speak it can use a project.

Where each address is in that protocol, and what is left out of it: docs/monai_label.md.
"""
