"""Speed, measured side by side in one run and printed as ratios: see bench/README.md."""
