//! Distances and tests between two samples.
