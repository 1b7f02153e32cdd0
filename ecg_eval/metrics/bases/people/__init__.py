"""What people did beside calling a finding: answers that are neither yes nor no, and the order of reading."""
