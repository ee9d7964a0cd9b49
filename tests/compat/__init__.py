"""Tests of the documented API: every name that is here, called as documented."""
