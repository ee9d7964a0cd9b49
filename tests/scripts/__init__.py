"""Programs that tests run: `run_script(NAME, *ARGUMENTS)`."""
