"""What residents may ask of the register: that what is held about them is corrected or deleted, within the time of the law."""
