"""The demo's story: invented people, what they answer, and what staff do about it.

Everything goes in by the doors that the real ones use: forms are filled in at the
sandbox's Typeform and SurveyMonkey, which send signed webhooks; staff work in the
sandbox's CRM and send newsletters from its Mailchimp.
"""
