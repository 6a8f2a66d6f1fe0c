"""Who is reached: followers, units and their liaison officers, what each chose, what may still be sent to them."""
