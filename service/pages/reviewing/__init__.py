"""What a clinician needs to review a protocol: its calendar as a picture, its profiles side by side, its proof."""
