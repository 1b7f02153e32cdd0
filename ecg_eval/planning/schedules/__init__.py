"""Who reads what when: a schedule is allotted, dated, blinded, written, and checked from what was written."""
