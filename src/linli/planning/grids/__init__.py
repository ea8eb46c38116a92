"""划分网格: how a community is divided, alternatives to it, and adopting one of them."""
