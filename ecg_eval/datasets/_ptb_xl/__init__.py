"""What PTB-XL's tables say, and the writing of its layout."""
