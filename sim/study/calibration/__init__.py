"""Calibration by simulated moments: numbers of the profile and the policy fitted to published figures, resumable and explained."""
