"""Jobs: calls of functions of the app in processes of their own."""
