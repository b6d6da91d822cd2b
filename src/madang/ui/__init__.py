"""The look: tokens, layout, components, template tags; no models."""
