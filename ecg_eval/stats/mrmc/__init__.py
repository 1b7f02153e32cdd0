"""Multi-reader multi-case studies: how well a population of readers reads a population of cases.

Readers differ, cases differ, and the same cases are read by several readers, often in two arms. A comparison that
forgets one of the two sources of variation is too sure of itself. The files, in the order in which a study passes:
``study`` (reads in long form become arrays), ``figures_of_merit`` (what is measured in one cell, and what it would be
without one case), ``covariance`` (how the cells' errors go together), ``obuchowski_rockette``, ``dbm``,
``u_statistics`` (the three classical analyses), ``reader_average`` (their short face), ``standalone`` (one algorithm
against the group) and ``roe_metz`` (a simulator to test all of them).
"""
