"""Keeping the CRM and the newsletter in step with the programme, and back."""
