//! Monitors, reference windows and incidents.
