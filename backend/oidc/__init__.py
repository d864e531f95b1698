"""Logging in with a hospital's own login: OpenID Connect, by the authorization code flow with PKCE."""
