"""Pages of 划分网格."""
