"""The HTTP API: one router per noun, and the guards in front of them."""
