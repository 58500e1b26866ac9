"""The place of what reads images themselves.

This version fills the catalog from published data alone: no image is read yet.
"""
