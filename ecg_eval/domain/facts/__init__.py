"""What is known of a study besides its numbers: frozen values, one a thing, and their JSON in ``plain``."""
