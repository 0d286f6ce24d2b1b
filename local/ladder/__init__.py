"""The ladder of images on a clock that jumps: months of a few instances, with the app's own parts in this process."""
