"""Opinion boxes 意见箱: where they hang, when they are opened, and what lay in them."""
