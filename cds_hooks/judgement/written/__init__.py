"""What protocol files say, as it is written: strict shapes, thresholds and the policy that all share."""
