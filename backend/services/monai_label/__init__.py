"""A project as a server of MONAI Label: what its programs ask, told in their words.

A project is their datastore, a volume an image. Labels of the tag "final" are what people painted, or of an
accepted volume all of it; "original" is the mask that a run made. There is one model, which is the project's.
"""
