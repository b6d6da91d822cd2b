"""Appointments for other systems: a FHIR R4 server (HL7, version 4.0.1) under `/fhir/`.

Read and search of Practitioner, Schedule, Slot and Appointment, and `Appointment/$book` as in
IHE ITI-117 (Scheduling). Whoever asks sees what the JSON API shows them, and no more.
"""
