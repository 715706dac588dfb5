"""Judgement: FHIR in, findings and cards out; pure, with time and knowledge as arguments."""
