"""The mapping language: from a form's answers to claims about people and rounds."""
