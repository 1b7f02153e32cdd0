"""Tables of labels, annotations and facts that come with recordings, an archive's or a user's own."""
