//! Change files, histories, and what they must not depend on.
