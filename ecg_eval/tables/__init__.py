"""Tables as people keep them: CSV, Excel, Parquet, long or wide, in their own words."""
