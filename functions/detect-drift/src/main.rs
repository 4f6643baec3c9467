//! The detect-drift Lambda.

use estrella_runtime::{Sends, lambda};

#[tokio::main]
async fn main() -> Result<(), lambda_runtime::Error> {
    lambda::serve("detect-drift", Sends::Alerts, estrella_detect_drift::stage).await
}
