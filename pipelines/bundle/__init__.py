"""Bundles: the final models of a run as portable files, and predictions from them with intervals and warnings.

    bundle/
      manifest.json          what is in the bundle, how it was made, SHA-256 and size of every other file
      manifest.json.sha256   the digest of the manifest itself
      models/<target>/<regime>/<model>/<features>/   what the model's own ``save`` writes: UBJSON, text, NPZ, JSON
      intervals.json         half widths of intervals from the out-of-fold residuals of each model
      ranges.json            training range of every input
      distance/model.npz     standardised descriptors of the training volumes, and how far apart they lie
      seen.json              digests of the training volumes and designs

Nothing in it can hold code: no pickle, no joblib.
"""
