"""Truth that nobody knows, from what several readers say: votes, and the model of Dawid and Skene.

`votes.py` counts, `dawid_skene.py` fits readers' errors and the truth together, `latent_accuracy.py` says how sure that
is by resampling patients.
"""
