"""A documented import path; its names are defined elsewhere."""

from dara.core.auth.config import BasicAuthConfig, DefaultAuthConfig, MultiBasicAuthConfig

__all__ = ['BasicAuthConfig', 'DefaultAuthConfig', 'MultiBasicAuthConfig']
