"""What tests make their data and models with: small, and the same every time."""
