"""What the cards of each hook's service speak of: whoever writes an order is told less than whoever opens a chart."""
