"""What joins the rooms: studies, archives, comparisons. Nothing else imports datasets, models and reports alike."""
