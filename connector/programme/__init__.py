"""The programme itself: claims, entities, identity and figures."""
