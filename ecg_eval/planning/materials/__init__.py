"""What readers are given and answer on: booklets, answer sheets, projects of REDCap and Label Studio, instructions."""
