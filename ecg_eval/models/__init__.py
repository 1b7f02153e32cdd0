"""Models: programs that read recordings and leave a score per finding, one file each.

scikit-learn and torch live here, imported when first needed.
"""
