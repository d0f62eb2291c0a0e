"""What the emulator cannot show: rules of the real AWS, each checked offline against what AWS documents."""
