"""What an auditor asks of the logs: search, dossiers of bids and absences, notes, exports."""
