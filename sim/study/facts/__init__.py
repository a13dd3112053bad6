"""The stylised facts of consumer credit as executable checks: each declared once, measured on simulated lives, judged against a band."""
