"""From a committed row to every screen: listen, watch for silence, fan out, stream."""
